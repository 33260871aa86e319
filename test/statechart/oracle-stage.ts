/**
 * The oracle: one machine run by two executors side by side, with everything that either shows compared after every
 * step.
 */
import type { AnyEventObject, AnyStateMachine, EventObject, InspectionEvent } from 'xstate'
import {
  type Actor,
  type ActorEnd,
  createStatecharts,
  type Statecharts,
  type TimerHandle,
} from '../../src/statechart/index.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import type { Witness } from './oracle-machines.ts'

export type Step =
  | { readonly send: EventObject }
  /** Milliseconds. */
  | { readonly pass: number }
  /** Up to the timer that is due next. */
  | { readonly await: 'timer' }
  | { readonly stop: true }
  /** Somebody begins, or ceases, to listen to the inspection records. */
  | { readonly listen: boolean }

export interface Scenario {
  readonly machine: AnyStateMachine
  readonly input: unknown
  /** Whether somebody listens from the actor's birth. */
  readonly listen: boolean
  readonly steps: readonly Step[]
  /** Tried with `can` after every step. */
  readonly probes: readonly EventObject[]
}

/** Where two executors disagree. */
export interface Difference {
  /** -2: at the actor's birth, -1: at its start; else the index of the step. */
  readonly step: number
  /** What XState shows, line by line, and what the other executor shows. */
  readonly expected: readonly string[]
  readonly actual: readonly string[]
}

export type MakeStatecharts = (clock: VirtualClock, report: (error: unknown) => void) => Statecharts

const made =
  (executor: 'compiled' | 'xstate'): MakeStatecharts =>
  (clock, onListenerError) =>
    createStatecharts({ clock, executor, onListenerError })

/** Runs the scenario in XState and in `other`, and answers where they first differ, if they do. */
export function compare(scenario: Scenario, other: MakeStatecharts = made('compiled')): Difference | undefined {
  const stages = [new Stage(scenario, made('xstate')), new Stage(scenario, other)] as const
  const moves: ((stage: Stage) => void)[] = [
    () => {},
    (stage) => stage.actor.start(),
    ...scenario.steps.map((step) => (stage: Stage) => stage.take(step)),
  ]
  for (const [index, move] of moves.entries()) {
    for (const stage of stages) move(stage)
    const [expected, actual] = [stages[0].observe(), stages[1].observe()]
    const differing = expected.findIndex((line, place) => line !== actual[place])
    if (differing !== -1 || expected.length !== actual.length) {
      return { step: index - 2, expected, actual }
    }
  }
  return undefined
}

/** What was wrong, for a person to read. */
export function explain({ step, expected, actual }: Difference, { steps }: Scenario): string {
  const place = expected.findIndex((line, index) => line !== actual[index])
  const from = Math.max(0, place - 3)
  const shown = (lines: readonly string[]) => lines.slice(from, place + 5).join('\n  ')
  return `step ${step} ${JSON.stringify(steps[step])}\nXState:\n  ${shown(expected)}\nthe other:\n  ${shown(actual)}`
}

/** What differs first between the executors in `count` scenarios from number `first` on; empty if nothing does. */
export function firstDifference(first: number, count: number, scenarioOf: (seed: number) => Scenario): string {
  for (let seed = first; seed < first + count; seed++) {
    const scenario = scenarioOf(seed)
    const difference = compare(scenario)
    if (difference !== undefined) return `number ${seed}: ${explain(difference, scenario)}`
  }
  return ''
}

/** How many timers may be set in one step: some machines would set timers of 0 ms for ever. */
const timersPerStep = 40

/** Remembers in what order timers were set. */
class NotingClock extends VirtualClock {
  readonly set: number[] = []

  override setTimeout(run: () => void, ms: number): TimerHandle {
    const handle = super.setTimeout(run, this.set.length < timersPerStep ? ms : 1_000_000)
    this.set.push(handle.due)
    return handle
  }
}

class Stage implements Witness {
  readonly log: string[] = []
  letters = 20
  readonly actor: Actor
  readonly #clock = new NotingClock()
  readonly #probes: readonly EventObject[]
  readonly #statecharts: Statecharts
  readonly #lines: string[] = []
  #stopListening: (() => void) | undefined
  #last: unknown

  constructor({ machine, input, listen, probes }: Scenario, make: MakeStatecharts) {
    this.#probes = probes
    this.#statecharts = make(this.#clock, (error) => this.#note('reported', String(error)))
    this.#listen(listen)
    this.actor = this.#statecharts.create(machine, {
      id: 'one',
      input,
      owner: this,
      onEnd: (end: ActorEnd) => this.#note('end', end.status, json(end.output), text(end.error), this.#timers()),
    })
    this.actor.subscribe({
      next: (snapshot) => this.#note('next', json(snapshot.value)),
      complete: () => this.#note('complete'),
      error: (error) => this.#note('error', text(error)),
    })
  }

  send(event: EventObject): void {
    this.actor.send(event)
  }

  stop(): void {
    this.actor.stop()
  }

  look(): string {
    const { value, context, status } = this.actor.getSnapshot()
    return `${json(value)} ${json(context)} ${status} ${this.#timers()}`
  }

  take(step: Step): void {
    if ('send' in step) this.actor.send(this.#stamped(step.send))
    else if ('pass' in step) this.#clock.advance(step.pass)
    else if ('await' in step) this.#clock.advanceTo(this.actor.status().nextTimer?.at ?? 0)
    else if ('stop' in step) this.actor.stop()
    else this.#listen(step.listen)
  }

  /** Events of ours say when they happen. */
  #stamped(event: AnyEventObject): AnyEventObject {
    return 'at' in event ? { ...event, at: this.#clock.now() } : event
  }

  /** Everything there is to see, and what has happened since it was last asked. */
  observe(): string[] {
    const snapshot = this.actor.getSnapshot()
    const { value, context, status, output, error, tags } = snapshot
    const shown = [
      `value ${json(value)}`,
      `context ${json(context)}`,
      `status ${status} output ${json(output)} error ${text(error)}`,
      `tags ${[...tags].sort()} meta ${Object.keys(snapshot.getMeta()).sort()}`,
      `can ${this.#probes.map((event) => attempt(() => snapshot.can(event)))}`,
      `read ${json(this.actor.value)} ${this.actor.path} ${json(this.actor.context)}`,
      `same snapshot ${snapshot === this.#last}`,
      this.#timers(),
      `set ${this.#clock.set.splice(0)}`,
      ...this.log.splice(0),
      ...this.#lines.splice(0),
    ]
    this.#last = snapshot
    return shown
  }

  #timers(): string {
    const { since, nextTimer } = this.actor.status()
    return `since ${since} next ${nextTimer?.name} ${nextTimer?.at} pending ${this.#clock.pending}`
  }

  #listen(on: boolean): void {
    this.#stopListening?.()
    this.#stopListening = on ? this.#statecharts.inspect((record) => this.#note(...shownRecord(record))) : undefined
  }

  #note(...words: string[]): void {
    this.#lines.push(words.join(' '))
  }
}

/** An inspection record as words, whoever sent it. */
function shownRecord(record: InspectionEvent): string[] {
  const root = record.rootId === record.actorRef.sessionId ? '' : 'foreign root'
  const shape = Object.keys(record).sort().join()
  switch (record.type) {
    case '@xstate.action':
      return [record.type, record.action.type, json(record.action.params), shape, root]
    case '@xstate.event':
      return [record.type, json(record.event), String(record.sourceRef === record.actorRef), shape, root]
    case '@xstate.snapshot':
      return [record.type, json(record.event), shownSnapshot(record.snapshot), shape, root]
    case '@xstate.microstep': {
      const taken = record._transitions.map(({ source, eventType, target }) => [source.id, eventType, target?.[0]?.id])
      return [record.type, json(record.event), shownSnapshot(record.snapshot), json(taken), shape, root]
    }
    default:
      return [record.type, shape, root]
  }
}

function shownSnapshot(snapshot: object): string {
  const { value, context, status, output, error }: Record<string, unknown> = { ...snapshot }
  return `${json(value)} ${json(context)} ${status} ${json(output)} ${text(error)}`
}

const json = (value: unknown): string => JSON.stringify(value) ?? 'undefined'

const text = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error))

function attempt(call: () => unknown): string {
  try {
    return String(call())
  } catch (error) {
    return text(error)
  }
}
