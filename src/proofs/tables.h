// The tables of proofs: one function for each file of them. Private to this room.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "proofs/proof.h"

namespace seawall::proofs {

std::span<const ProofRule> TlsProofs();          ///< proof_tls.cc: what TLS the listener takes
std::span<const ProofRule> CertificateProofs();  ///< proof_certificates.cc: what it shows
std::span<const ProofRule> LoginProofs();        ///< proof_login.cc: what a login gets
std::span<const ProofRule> AccessProofs();       ///< proof_access.cc: whom it lets in
std::span<const ProofRule> ClientProofs();       ///< proof_clients.cc: what certificates are worth
std::span<const ProofRule> SocketProofs();       ///< proof_sockets.cc: where processes listen

/// Why nothing can be said of an endpoint: refused, silent; nothing when it is reachable.
std::optional<rules::Outcome> NotReached(const Subject& subject);
/// The same, and for one that speaks no TLS (not applicable) or perhaps none (unknown).
std::optional<rules::Outcome> NoTls(const Subject& subject);
/// The proof as a finding's evidence.
rules::Evidence Seen(const Subject& subject, std::string what, std::string value);
/// The answer to an anonymous GET; nullptr when it was not asked.
const probe::PathAnswer* AnswerOf(const Subject& subject, std::string_view path);
/// "kube-apiserver at 192.0.2.11:6443"
std::string Name(const Subject& subject);
/// Only this machine reaches it.
bool IsLoopback(const Subject& subject);

}  // namespace seawall::proofs
