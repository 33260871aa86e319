/**
 * Our actors for inspectors that others made (ECOSYSTEM.md 5). Opt-in, redacted, bounded, on loopback.
 *
 * | file | is |
 * | --- | --- |
 * | `inspector-server.ts`, `viewer.ts` | the WebSocket server that `@xstate/inspect` (XState 4) connects to |
 * | `v4-messages.ts`, `v4-machine.ts` | its protocol; our machines as definitions of XState 4 |
 * | `commands.ts` | which events a viewer may send, where any are allowed |
 * | `inspector-client.ts`, `stately-messages.ts` | the client of `@statelyai/inspect`'s server, and its format |
 * | `device-of.ts` | by which a viewer chooses the actors of one device |
 * | `feed.ts`, `watch.ts`, `plain.ts` | for both: when something is told, what, and without secrets |
 */
export { deviceOf } from './device-of.ts'
export { InspectorClient } from './inspector-client.ts'
export { InspectorServer } from './inspector-server.ts'
