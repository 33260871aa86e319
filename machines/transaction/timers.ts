/**
 * T1, T2, T4 and every lettered timer derived from them: RFC 3261 Appendix A, Table 4, with L and M of RFC 6026.
 *
 * All values in milliseconds. A machine takes them as input, so that a link with another round-trip time, or a test,
 * can bring its own.
 */
export interface Timers {
  /** Round-trip time estimate. */
  readonly t1: number
  /** Longest interval between retransmissions of a non-INVITE request or an INVITE response. */
  readonly t2: number
  /** Longest time a message stays in the network. */
  readonly t4: number
}

export const rfc3261: Timers = { t1: 500, t2: 4000, t4: 5000 }

/** 64*T1: timers B, F, H, J, L, M, and D over UDP ("at least 32 s"). How long anything in SIP may take. */
export const patience = (timers: Timers): number => 64 * timers.t1

/** RFC 3261 17.2.1: a 100 goes out unless the user has answered within 200 ms. */
export const tryingAfter = 200

/** The next interval of timers E and G: twice the last one, at most T2. */
export const backOff = (interval: number, timers: Timers): number => Math.min(2 * interval, timers.t2)
