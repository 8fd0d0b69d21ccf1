// Exists only because a precompiled header needs a unit to belong to (cmake/Rooms.cmake).
