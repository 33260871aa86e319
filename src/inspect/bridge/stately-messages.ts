/**
 * What `@statelyai/inspect` 0.7 reads: `@xstate.actor`, `@xstate.event`, `@xstate.snapshot`, with the machine's own
 * configuration as JSON in JSON, as that package writes it.
 */
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate'
import type { Encoder } from './encoder.ts'
import { plain } from './plain.ts'

/** The version of the format. */
const _version = '0.7.2'

export function statelyEncoder(now: () => number): Encoder {
  const definitions = new Map<AnyStateMachine, string>()
  const definitionOf = (machine: AnyStateMachine): string => {
    const known = definitions.get(machine) ?? JSON.stringify(machine.config, named)
    definitions.set(machine, known)
    return known
  }
  return (step) => {
    const { sessionId, id, machine, parent } = step.actor
    // Each actor is a root of its own; the tree comes from `parentId`.
    const common = { sessionId, rootId: sessionId, id: null, createdAt: String(Math.floor(now())), _version }
    switch (step.type) {
      case 'born': {
        const definition = definitionOf(machine)
        const snapshot = shown(step.snapshot)
        return [JSON.stringify({ type: '@xstate.actor', name: id, parentId: parent, definition, snapshot, ...common })]
      }
      case 'event':
        return [JSON.stringify({ type: '@xstate.event', event: plain(step.event), ...common })]
      case 'state':
        return [
          JSON.stringify({
            type: '@xstate.snapshot',
            event: plain(step.event),
            snapshot: shown(step.snapshot),
            ...common,
          }),
        ]
      // The status of the last snapshot has said so.
      case 'ended':
        return []
    }
  }
}

/** As the package does: a function stands as its name. */
const named = (_: string, value: unknown): unknown => (typeof value === 'function' ? { type: value.name } : value)

const shown = ({ status, value, context, output, error, tags }: AnyMachineSnapshot) => ({
  status,
  value,
  context: plain(context),
  tags: [...tags],
  children: {},
  historyValue: {},
  ...(output === undefined ? {} : { output: plain(output) }),
  ...(error === undefined ? {} : { error: plain(error) }),
})
