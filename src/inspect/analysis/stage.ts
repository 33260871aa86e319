/**
 * Where the observed machines run: the machines of the live engine on the capture's clock, with the path of each written
 * down. Their actions send nothing; what they would do is for the observer to compare with what was done.
 */
import type { AnyStateMachine, InputFrom, InspectionEvent, StateValue } from 'xstate'
import { type Actor, type AnyActor, actorOf, createStatecharts, type Statecharts } from '../../statechart/index.ts'
import { VirtualClock } from '../../testing/virtual-clock.ts'
import type { Observed } from './observed.ts'

/** Longer than any capture: the limit of a wait whose end the record tells. Milliseconds. */
export const never = 1e15

/** A state that was entered. */
export interface Step {
  /** Nested states with dots between: `active.trying`. */
  readonly state: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The event, or the name of the timer that fired. */
  readonly by: string
  /** The message that it came of; absent for a timer. */
  readonly frame?: number
}

/** The way that one affair took through its machine; an affair that begins anew goes on in the same path. */
export class Path {
  readonly steps: Step[] = []

  get state(): string {
    return this.steps.at(-1)?.state ?? ''
  }

  add(step: Step): void {
    if (step.state !== this.state) this.steps.push(step)
  }

  /** When a state (or one within it) was entered, each time. */
  entered(state: string): Step[] {
    return this.steps.filter((step) => step.state === state || step.state.startsWith(`${state}.`))
  }
}

export interface Observation {
  readonly id: string
  /** What the machine's actions act for. */
  readonly owner: object
  readonly path: Path
  readonly ended?: () => void
}

export class Stage {
  readonly clock: VirtualClock
  readonly #statecharts: Statecharts
  readonly #paths = new Map<object, { path: Path; machine: string }>()
  /** The message that is being looked at; undefined while time passes. */
  #current: Observed | undefined

  constructor(startAt: number) {
    this.clock = new VirtualClock(startAt)
    this.#statecharts = createStatecharts({ clock: this.clock, onListenerError: raise })
    this.#statecharts.inspect((record) => this.#note(record))
  }

  get now(): number {
    return this.clock.now()
  }

  get current(): Observed | undefined {
    return this.#current
  }

  /** Lets time pass until `at`, and then the message be seen. */
  play(at: number, observed: Observed | undefined, see: () => void): void {
    this.#current = undefined
    this.clock.advanceTo(at)
    this.#current = observed
    see()
    this.#current = undefined
  }

  run<M extends AnyStateMachine>(machine: M, input: InputFrom<M>, observation: Observation): Actor<M> {
    const { id, owner, path, ended } = observation
    const actor = this.#statecharts.create(machine, {
      id,
      input,
      owner,
      onEnd: (end) => {
        // A machine that breaks is a bug of ours, also when it only looks on.
        if (end.status === 'error') throw end.error
        this.#paths.delete(actor)
        ended?.()
      },
    })
    this.#paths.set(actor, { path, machine: machine.id })
    actor.start()
    const begun: AnyActor = actor
    this.#step(path, begun.getSnapshot().value, 'start')
    return actor
  }

  #note(record: InspectionEvent): void {
    if (record.type !== '@xstate.microstep' || !('value' in record.snapshot)) return
    const actor = actorOf(record.actorRef)
    const noted = actor === undefined ? undefined : this.#paths.get(actor)
    if (noted === undefined) return
    this.#step(noted.path, record.snapshot.value as StateValue, causeOf(record.event.type, noted.machine))
  }

  #step(path: Path, value: StateValue, by: string): void {
    const frame = this.#current?.frame
    path.add({ state: stateText(value), at: this.now, by, ...(frame !== undefined && { frame }) })
  }
}

const raise = (error: unknown): never => {
  throw error
}

export function stateText(value: StateValue): string {
  if (typeof value === 'string') return value
  const [name = '', inner] = Object.entries(value)[0] ?? []
  return inner === undefined ? name : `${name}.${stateText(inner)}`
}

/** The timer's name of `xstate.after.<timer>.<machine>.<state>`, any other event as it is. */
function causeOf(event: string, machine: string): string {
  const prefix = 'xstate.after.'
  if (!event.startsWith(prefix)) return event
  return event.slice(prefix.length, event.indexOf(`.${machine}`, prefix.length))
}
