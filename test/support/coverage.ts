/**
 * Drives one machine on a virtual clock, and counts which of its states and transitions the tests have taken.
 *
 * `begin` runs the real machine in the real executor. Of its actions, those that XState itself carries out (`assign`,
 * `raise`, `cancel`) stay what they are; the others, which the shell provides, are recorded with their time and params.
 * What was taken is appended to a file per test process, and `coverage-report.ts` adds the files up after the run.
 */
import { appendFileSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type {
  AnyStateMachine,
  ContextFrom,
  EventFromLogic,
  InputFrom,
  InspectionEvent,
  OutputFrom,
  StateValueFrom,
} from 'xstate'
import { initialKey, nodesOf, type StateNode, transitionsOf } from '../../src/statechart/describe.ts'
import { type ActorEnd, createStatecharts, describeMachine } from '../../src/statechart/index.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'

/** One folder per run, so that runs side by side do not clear each other's; the report's set-up names it. */
export const coverageFolderOf = (run: string): string =>
  resolve(import.meta.dirname, '../../node_modules/.cache/gb28181-coverage', run)

/** For a run without the report, as an editor's. */
export const unreportedFolder = coverageFolderOf('unreported')

const run = process.env.GB28181_COVERAGE_RUN

/** Where the tests of this process note what they take. */
export const coverageFolder = run === undefined ? unreportedFolder : coverageFolderOf(run)

export type RecordedAction = [at: number, name: string, params: unknown]

/** An event as a test writes it: `at` is the clock's unless said. */
export type TestEvent<E> = E extends { at: number } ? Omit<E, 'at'> & { at?: number } : E

export interface Driver<M extends AnyStateMachine> {
  readonly clock: VirtualClock
  /** @throws what an action, guard or assignment of the machine threw: a crash must not look like a quiet machine. */
  send(event: TestEvent<EventFromLogic<M>>): void
  stop(): void
  value(): StateValueFrom<M>
  matches(value: StateValueFrom<M>): boolean
  context(): ContextFrom<M>
  status(): 'active' | 'done' | 'stopped' | 'error'
  output(): OutputFrom<M> | undefined
  /** What it crashed with, under status `error`. */
  error(): unknown
  /** How often it was told to have ended: 0 or 1. */
  endings(): number
  can(event: TestEvent<EventFromLogic<M>>): boolean
  /** Every provided action so far, in order. */
  readonly actions: RecordedAction[]
  actionsNamed(name: string): RecordedAction[]
}

export function begin<M extends AnyStateMachine>(
  machine: M,
  options: { input: InputFrom<M>; clock?: VirtualClock },
): Driver<M> {
  const clock = options.clock ?? new VirtualClock()
  const actions: RecordedAction[] = []
  const ends: ActorEnd<OutputFrom<M>>[] = []
  const recorded = machine.provide({ actions: recorders(machine, clock, actions) })
  const statecharts = createStatecharts({ clock, onListenerError: raise })
  statecharts.inspect(coverageOf(recorded))
  const { input } = options
  const actor = statecharts.create(recorded, { id: machine.id, input, owner: {}, onEnd: (end) => void ends.push(end) })
  actor.start()

  const crashed = () => ends.find(({ status }) => status === 'error')
  const timed = (event: TestEvent<EventFromLogic<M>>) => ({ at: clock.now(), ...event }) as EventFromLogic<M>
  const sound = () => {
    const crash = crashed()
    if (crash !== undefined) throw crash.error
  }
  sound()
  return {
    clock,
    actions,
    send: (event) => {
      actor.send(timed(event))
      sound()
    },
    stop: () => actor.stop(),
    value: () => actor.getSnapshot().value,
    matches: (value) => actor.getSnapshot().matches(value),
    context: () => actor.getSnapshot().context,
    status: () => actor.getSnapshot().status,
    output: () => ends[0]?.output,
    error: () => crashed()?.error,
    endings: () => ends.length,
    can: (event) => actor.getSnapshot().can(timed(event)),
    actionsNamed: (name) => actions.filter(([, recordedName]) => recordedName === name),
  }
}

/** What there is to take: ids of all states but the root, and the keys of all transitions of `describeMachine`. */
export function statesAndTransitions(machine: AnyStateMachine): { states: string[]; transitions: string[] } {
  const { states, transitions } = describeMachine(machine)
  return { states: states.map(({ id }) => id), transitions: transitions.map(({ key }) => key) }
}

const raise = (error: unknown): never => {
  throw error
}

function recorders(machine: AnyStateMachine, clock: VirtualClock, into: RecordedAction[]) {
  const provided = Object.entries(machine.implementations.actions).filter(
    ([, action]) => !('resolve' in Object(action)),
  )
  const record = (name: string) => (_: unknown, params: unknown) => void into.push([clock.now(), name, params])
  return Object.fromEntries(provided.map(([name]) => [name, record(name)]))
}

/** An inspector that notes what the machine takes. */
function coverageOf(machine: AnyStateMachine): (record: InspectionEvent) => void {
  const keys = new Map<object, string>()
  for (const node of nodesOf(machine.root)) {
    for (const { key, definition } of transitionsOf(node)) keys.set(definition, key)
  }
  const takenAtStart = [initialKey(machine), ...initialStates(machine.root)]
  return (record) => {
    if (record.type === '@xstate.actor') note(machine, takenAtStart)
    if (record.type !== '@xstate.microstep') return
    const transitions = record._transitions.flatMap((transition) => keys.get(transition) ?? [])
    const { snapshot } = record
    note(machine, 'value' in snapshot ? [...transitions, ...statesIn(machine.root, snapshot.value)] : transitions)
  }
}

/** XState sends no record of its way into the initial state; it follows from the chart. */
function initialStates(node: StateNode): string[] {
  const child: StateNode | undefined = node.type === 'compound' ? node.initial.target[0] : undefined
  return child === undefined ? [] : [child.id, ...initialStates(child)]
}

/** Ids of the states that a state value stands for. */
function statesIn(node: StateNode, value: unknown): string[] {
  const parts = typeof value === 'string' ? [[value, undefined] as const] : Object.entries(value ?? {})
  return parts.flatMap(([key, below]) => {
    const child = node.states[key]
    return child === undefined ? [] : [child.id, ...statesIn(child, below)]
  })
}

/** Per test process: what is in its file already. */
const noted = new Set<string>()

function note(machine: AnyStateMachine, taken: readonly string[]): void {
  const lines = taken.map((key) => JSON.stringify([machine.id, key])).filter((line) => !noted.has(line))
  if (lines.length === 0) return
  mkdirSync(coverageFolder, { recursive: true })
  appendFileSync(join(coverageFolder, `${process.pid}.jsonl`), `${lines.join('\n')}\n`)
  for (const line of lines) noted.add(line)
}
