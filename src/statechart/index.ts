/**
 * Statecharts at the cost of a hand-written state machine: XState machines, run from tables or by XState itself. The
 * sub-path `gb28181/statechart`; it knows nothing of SIP.
 *
 * ```ts
 * import { setup } from 'xstate'
 * import { createStatecharts, ownerOf, TimingWheel } from 'gb28181/statechart'
 *
 * const machine = setup({ delays: { limit: 5000 }, actions: { ring: () => {} } }).createMachine({
 *   initial: 'waiting',
 *   states: { waiting: { after: { limit: { target: 'over', actions: 'ring' } } }, over: { type: 'final' } },
 * })
 * const logic = machine.provide({ actions: { ring: ({ self }) => ownerOf<Bell>(self).ring() } })
 * const statecharts = createStatecharts({ clock: new TimingWheel({ onError: console.error }) })
 * const actor = statecharts.create(logic, { id: 'a', input: undefined, owner: new Bell(), onEnd: (end) => end.status })
 * actor.start()
 * ```
 *
 * `executor: 'compiled'` (default) compiles a machine into tables the first time it is used (`compile` does so ahead);
 * `executor: 'xstate'` runs it in XState's interpreter. Both do the same: value, context, output, order of actions and
 * timers, errors, snapshots, inspection records. The tests compare them on random machines.
 *
 * Supported, with XState's documentation as the manual: atomic, compound and final states; `on`, `after`, `always`,
 * `onDone`, `reenter`, forbidden events, `*` alone; guards, actions and delays named in `setup`, with params; `assign`,
 * `raise`, `cancel`; `entry`, `exit`, `initial` actions; input, output, tags, meta, `maxIterations`.
 *
 * Refused by name (`NotCompilable`, `checkSubset`): parallel and history states, `invoke`, `spawnChild`, `sendTo`,
 * `emit`, `log`, `enqueueActions`, `and`/`or`/`not`/`stateIn`, guards, actions and delays written in place, partial
 * wildcards, names without an implementation. An `assign` finds no `spawn` and an action no `system`: using them is the
 * actor's error.
 *
 * Not the same: `self` has of XState's actor only what `Actor` has, and `sessionId`; events whose type begins with
 * `xstate.` are XState's own and not to be sent; the order of a snapshot's tags.
 *
 * | file | is |
 * | --- | --- |
 * | `clock.ts`, `wheel.ts` | the clock machines live by; its production form, one timing wheel for the process |
 * | `actor.ts`, `statecharts.ts` | the one actor interface, and which executor stands behind it |
 * | `subset.ts` | which part of XState a machine may use (DESIGN.md, rule 9), and a check that says so by name |
 * | `compile.ts`, `moves.ts`, `ops.ts` | a machine into tables: begin with the head of `compile.ts` |
 * | `program.ts` | the tables |
 * | `macrostep.ts`, `snapshots.ts` | one event on the tables, and what it looks like to XState's eyes |
 * | `compiled-actor.ts`, `actor-timers.ts`, `compiled-executor.ts` | an actor on the tables; all of them, and who listens |
 * | `xstate-executor.ts`, `own-timers.ts` | an actor in XState's interpreter |
 * | `chain.ts` | a list through its elements: all living actors |
 * | `inspection.ts`, `recorder.ts` | who listens, and who writes down, under either |
 * | `describe.ts`, `diagram.ts` | a machine as plain data and as a Mermaid diagram |
 */
export {
  type Actor,
  type ActorEnd,
  type ActorObserver,
  type ActorStatus,
  type AnyActor,
  actorOf,
  type CreateOptions,
  type InspectionEvent,
  ownerOf,
  type Statecharts,
  statePath,
} from './actor.ts'
export type { Alarm, Clock, TimerHandle } from './clock.ts'
export { compile, NotCompilable } from './compile.ts'
export {
  describeMachine,
  type MachineDescription,
  type StateDescription,
  type TransitionDescription,
} from './describe.ts'
export { toMermaid } from './diagram.ts'
export type { ActorRecorder } from './recorder.ts'
export { createStatecharts, type ExecutorName, type StatechartsOptions } from './statecharts.ts'
export { checkContext, checkSubset, type SubsetViolation } from './subset.ts'
export { type LowLevelTimers, TimingWheel, type TimingWheelOptions } from './wheel.ts'
