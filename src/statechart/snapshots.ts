/**
 * XState's snapshots of compiled actors: made by the machine itself, only when somebody asks, so that `matches`, `can`,
 * `hasTag` and `toJSON` are XState's own.
 */
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate'
import type { ActorEnd } from './actor.ts'
import type { Leaf } from './program.ts'

export function snapshotOf(
  machine: AnyStateMachine,
  leaf: Leaf,
  context: object,
  end: ActorEnd | undefined,
): AnyMachineSnapshot {
  const { status = 'active', output, error } = end ?? {}
  const resolved = machine.resolveState({ value: leaf.value, context })
  return { ...resolved, status, output, error } as AnyMachineSnapshot
}

/** What an actor that crashes shows: where it stood before the step that threw. */
export const crashedSnapshot = (last: AnyMachineSnapshot, error: unknown): AnyMachineSnapshot => ({
  ...last,
  status: 'error',
  error,
})

/** What one shows that crashed on its way into the initial state: of its states it is only in the root yet. */
export function unbornSnapshot(
  machine: AnyStateMachine,
  leaf: Leaf,
  context: object,
  error: unknown,
): AnyMachineSnapshot {
  const tags = new Set(machine.root.tags)
  const last = snapshotOf(machine, leaf, context, undefined)
  return { ...crashedSnapshot(last, error), _nodes: [machine.root], tags }
}
