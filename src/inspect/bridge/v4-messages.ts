/**
 * What `@xstate/inspect` 0.8 reads: `service.register`, `service.event`, `service.state`, `service.stop`, with machine,
 * state and event as JSON in JSON, in the forms of XState 4.
 */
import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from 'xstate'
import type { Encoder } from './encoder.ts'
import { type Plain, plain, plainFields } from './plain.ts'
import { v4Event, v4Machine } from './v4-machine.ts'
import type { ShownActor } from './watch.ts'

/** With the definitions of the machines it has met: they never change. */
export function v4Encoder(): Encoder {
  const definitions = new Map<AnyStateMachine, string>()
  const definitionOf = (machine: AnyStateMachine): string => {
    const known = definitions.get(machine) ?? JSON.stringify(v4Machine(machine))
    definitions.set(machine, known)
    return known
  }
  return (step) => {
    const { sessionId, id, machine, parent } = step.actor
    switch (step.type) {
      case 'born': {
        const state = v4State(step.actor, step.snapshot, { type: 'xstate.init' })
        return [message('service.register', { machine: definitionOf(machine), state, id, sessionId, parent })]
      }
      case 'event':
        return [message('service.event', { event: JSON.stringify(scxml(step.event, machine)), sessionId })]
      case 'state':
        return [message('service.state', { state: v4State(step.actor, step.snapshot, step.event), sessionId })]
      case 'ended':
        return [message('service.stop', { sessionId })]
    }
  }
}

const message = (type: string, fields: Readonly<Record<string, string | undefined>>): string =>
  JSON.stringify({ type, ...fields })

function v4State({ sessionId, machine }: ShownActor, snapshot: AnyMachineSnapshot, event: AnyEventObject): string {
  const _event = scxml(event, machine)
  return JSON.stringify({
    value: snapshot.value,
    context: plain(snapshot.context),
    _event,
    event: _event.data,
    _sessionid: sessionId,
    historyValue: null,
    actions: [],
    activities: {},
    meta: {},
    events: [],
    children: {},
    // A viewer works these two out by itself, from the machine and the value.
    configuration: [],
    transitions: [],
    done: snapshot.status === 'done',
    changed: true,
    tags: [...snapshot.tags],
    // Beyond XState 4: where a crash would look like an end.
    ...(snapshot.status === 'error' ? { error: plain(snapshot.error) } : {}),
  })
}

interface ScxmlEvent {
  readonly name: string
  readonly data: { readonly type: string; readonly [field: string]: Plain }
  readonly $$type: 'scxml'
  readonly type: 'external'
}

function scxml(event: AnyEventObject, machine: AnyStateMachine): ScxmlEvent {
  const name = v4Event(event.type, machine)
  return { name, data: { ...plainFields(event), type: name }, $$type: 'scxml', type: 'external' }
}
