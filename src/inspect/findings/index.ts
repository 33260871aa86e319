/**
 * What goes wrong in the field, by code: what shows it, the clause, and the most likely fix.
 *
 * | file | has findings about |
 * | --- | --- |
 * | `digest.ts`, `attempts.ts` | authentication |
 * | `registration.ts` | REGISTER and its answer |
 * | `presence.ts` | keepalives, devices that come and go |
 * | `transaction.ts` | single transactions |
 * | `dialog.ts` | INVITE, ACK, CANCEL, BYE |
 * | `media.ts` | SDP, SSRC, RTP |
 * | `manscdp.ts` | queries, XML, character sets |
 * | `network.ts`, `addresses.ts` | addresses, ports, bytes |
 */
export { type Finding, type FindingEvidence, findingKinds, findingsIn } from './find.ts'
export type { Context, FindingKind, Found, Severity } from './kind.ts'
