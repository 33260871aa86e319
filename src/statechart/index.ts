/**
 * Running the machines: actors, their clock, and what can be read off a machine without running it.
 *
 * | file | is |
 * | --- | --- |
 * | `clock.ts`, `wheel.ts` | the clock machines live by; its production form, one timing wheel for the process |
 * | `actor.ts`, `xstate-executor.ts` | the one actor interface; XState's interpreter behind it |
 * | `subset.ts` | which part of XState our machines may use (DESIGN.md, rule 9), and a check that says so by name |
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
} from './actor.ts'
export { Alarm, type Clock, type TimerHandle } from './clock.ts'
export { compile, NotCompilable } from './compile.ts'
export {
  describeMachine,
  type MachineDescription,
  type StateDescription,
  type TransitionDescription,
} from './describe.ts'
export { toMermaid } from './diagram.ts'
export { createStatecharts, type ExecutorName, type StatechartsOptions } from './statecharts.ts'
export { checkContext, checkSubset, type SubsetViolation } from './subset.ts'
export { type LowLevelTimers, TimingWheel, type TimingWheelOptions } from './wheel.ts'
