#include "app/app.h"

int main(int argc, char** argv) { return seawall::app::Main(argc, argv); }
