/** The real receiver of `@xstate/inspect` as a viewer uses it, and what it has made of what it was told. */
import { createWebSocketReceiver, type ParsedReceiverEvent } from '@xstate/inspect'
import type { AnyState, AnyStateMachine } from 'xstate'

/** An actor as the viewer knows it. */
export interface Seen {
  readonly id: string
  readonly sessionId: string
  readonly parent: string | undefined
  readonly machine: AnyStateMachine
  /** Every state it was told, the first included, as dotted paths, as XState 4 resolves them against the machine. */
  readonly states: string[]
  readonly events: string[]
  last: AnyState
  stopped: boolean
}

export interface Viewer {
  readonly actors: readonly Seen[]
  readonly received: readonly ParsedReceiverEvent[]
  /** Resolves as soon as it holds. */
  until(holds: (actors: readonly Seen[]) => boolean): Promise<void>
  send(sessionId: string, type: string): void
}

/** @param server `127.0.0.1:9229`, with a path and query where wanted. */
export function openViewer(server: string): Viewer {
  const receiver = createWebSocketReceiver({ server, serialize: undefined })
  const actors: Seen[] = []
  const received: ParsedReceiverEvent[] = []
  const waiting = new Set<() => void>()
  const named = (sessionId: string) => actors.find((actor) => actor.sessionId === sessionId)
  receiver.subscribe((event) => {
    received.push(event)
    if (event.type === 'service.register') actors.push(begin(event))
    const actor = named(event.sessionId)
    if (actor === undefined) throw new Error(`${event.type} of an actor that was not registered: ${event.sessionId}`)
    if (event.type === 'service.state') note(actor, event.state)
    if (event.type === 'service.event') actor.events.push(event.event.name)
    if (event.type === 'service.stop') actor.stopped = true
    for (const look of waiting) look()
  })
  return {
    actors,
    received,
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => {
          if (!holds(actors)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    send: (sessionId, type) => {
      const event = JSON.stringify({ name: type, data: { type }, $$type: 'scxml', type: 'external', origin: sessionId })
      receiver.send({ type: 'xstate.event', event, service: sessionId })
    },
  }
}

type Registered = Extract<ParsedReceiverEvent, { type: 'service.register' }>

function begin({ id, sessionId, parent, machine, state }: Registered): Seen {
  const actor = { id, sessionId, parent, machine, states: [], events: [], last: state, stopped: false }
  note(actor, state)
  return actor
}

/** XState 4 throws here for a value that the machine does not have. */
function note(actor: Seen, state: AnyState): void {
  const resolved = actor.machine.resolveState(state)
  actor.last = resolved
  actor.states.push(resolved.toStrings().at(-1) ?? '')
}
