/** The life of one actor, step by step: what its statechart is drawn from at any instant. */

export interface Step {
  readonly at: number
  readonly kind: 'started' | 'event' | 'timer.set' | 'timer.fired' | 'timer.cancelled' | 'ended'
  /** The event's type, the timer's name, or how it ended. */
  readonly what: string
  /** Dotted path, after the step. */
  readonly state: string
  /** The id of the message that it came of. */
  readonly message?: number
  /** Of `timer.set`. */
  readonly due?: number
  /** Further fields of the event. */
  readonly details?: string
}

export interface ActorKey {
  readonly branch?: string
  readonly callId?: string
  readonly deviceId?: string
}

export interface History {
  readonly id: string
  readonly machine: string
  readonly parent: string | null
  readonly key: ActorKey
  readonly steps: Step[]
}

/** The event that led to the state after the step of that index, and the state before it. */
export function takenAt({ steps }: History, index: number): { event: string; from: string } | undefined {
  const last = steps.slice(0, index + 1).findLastIndex(({ kind }) => kind === 'event')
  const before = steps[last - 1]
  const step = steps[last]
  return step === undefined || before === undefined ? undefined : { event: step.what, from: before.state }
}

/** Timers that run after the step of that index, by name, each with its due time. */
export function timersAt({ steps }: History, index: number): ReadonlyMap<string, number> {
  const running = new Map<string, number>()
  for (const { kind, what, due } of steps.slice(0, index + 1)) {
    if (kind === 'timer.set' && due !== undefined) running.set(what, due)
    else if (kind === 'timer.fired' || kind === 'timer.cancelled') running.delete(what)
    else if (kind === 'ended') running.clear()
  }
  return running
}

/** Of the running timers the one that is due first. */
export function nextTimer(running: ReadonlyMap<string, number>): { name: string; at: number } | undefined {
  const [first] = [...running].sort(([, a], [, b]) => a - b)
  return first && { name: first[0], at: first[1] }
}

/** The step of a message: the one that took it, else the last before it was sent. */
export function stepOf({ steps }: History, message: { readonly id: number; readonly at: number }): number {
  const taken = steps.findIndex((step) => step.message === message.id)
  return taken >= 0 ? taken : steps.findLastIndex(({ at }) => at <= message.at)
}
