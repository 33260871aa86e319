/**
 * Every statechart of the protocol. Pure: each takes events and names what should be done; `machine.provide` says how.
 * This is the sub-path `gb28181/machines`.
 */
export { type InvitedEnd, invited } from './dialog/invited.ts'
export { type InvitingLimits, inviting, type SessionFailure } from './dialog/inviting.ts'
export type { Happened, Requested, Responded, TransactionFailure } from './events.ts'
export { type ExchangeFailure, exchange } from './exchange.ts'
export { type RegistrantFailure, type RegistrantOptions, registrant } from './registration/registrant.ts'
export { type OfflineReason, type RegistrationOptions, registration } from './registration/registration.ts'
export { supervisor } from './supervisor.ts'
export { inviteClient } from './transaction/invite-client.ts'
export { inviteServer } from './transaction/invite-server.ts'
export { nonInviteClient } from './transaction/non-invite-client.ts'
export { nonInviteServer } from './transaction/non-invite-server.ts'
export { rfc3261, type Timers } from './transaction/timers.ts'
