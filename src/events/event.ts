/** What an event is, for whoever tells them: platforms and devices alike. */

/** An event as it is delivered: its name, its number (increasing by one), its time (ISO 8601, UTC) and its data. */
export type EventOf<Events, Name extends keyof Events = keyof Events> = {
  [N in Name]: { readonly id: number; readonly at: string; readonly name: N } & Events[N]
}[Name]

/** Delivered instead of events that a slow reader has missed. */
export interface EventGap {
  readonly name: 'gap'
  /** How many; 0 where that cannot be known, because the reader comes from before a restart. */
  readonly missed: number
}

export interface EventFilter<Name> {
  readonly types?: readonly Name[]
  readonly deviceId?: string
  /** Number of the last event already seen: what is still kept after it is delivered first. */
  readonly after?: number
  /** Aborting ends the iteration. */
  readonly signal?: AbortSignal
}
