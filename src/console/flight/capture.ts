/** A capture that the server has explained, as a source like a live device: its messages, and its actors' paths. */
import type { Analysis, PathReport } from '../../analyze.ts'
import type { Source } from './flight.ts'
import type { ActorKey, History, Step } from './history.ts'
import { type Exchange, type Message, readMessage, settle } from './message.ts'

export function sourceOfCapture({ trace, ...analysis }: Analysis, texts: readonly string[]): Source {
  const exchanges = new Map<string, Exchange>()
  const firstOfFrame = new Map<number, number>()
  const messages = trace.map((row, index): Message => {
    const text = texts[index] ?? ''
    const { transaction, ...read } = readMessage(text)
    const id = index + 1
    const { frame, transport, from, to, label, kind, callId, deviceId, repeats, unanswered } = row
    const at = Date.parse(row.at)
    const exchange = exchanges.get(transaction) ?? {
      answered: unanswered === undefined,
      began: at,
      ...(unanswered !== undefined && { waiting: unanswered }),
    }
    exchanges.set(transaction, exchange)
    settle(exchange, { method: read.method, status: read.status ?? 0, at })
    const original = repeats === undefined ? undefined : firstOfFrame.get(repeats)
    if (!firstOfFrame.has(frame)) firstOfFrame.set(frame, id)
    return {
      ...read,
      ...{ id, frame, at, transport, from, to, label, kind, text, exchange },
      ...(callId !== undefined && { callId }),
      ...(deviceId !== undefined && { deviceId }),
      ...(original !== undefined && { repeats: original }),
    }
  })
  return { messages, actors: historiesOf(analysis, firstOfFrame), dropped: 0 }
}

function historiesOf(analysis: Omit<Analysis, 'trace'>, idOfFrame: ReadonlyMap<number, number>) {
  const all: History[] = []
  const add = (id: string, { machine, path }: PathReport, key: ActorKey) => {
    if (path.length > 0)
      all.push({ id: `${machine}:${id}`, machine, parent: null, key, steps: stepsOf(path, idOfFrame) })
  }
  for (const { id, deviceId, device, ...path } of analysis.registrations) {
    add(id, path, { deviceId })
    add(id, device, { deviceId })
  }
  for (const { id, deviceId, ...path } of analysis.exchanges) add(id, path, deviceId === undefined ? {} : { deviceId })
  for (const { id, callId, invited, ...path } of analysis.dialogs) {
    add(id, path, { callId })
    add(id, invited, { callId })
  }
  for (const { id, callId, server, ...path } of analysis.transactions) {
    add(id, path, { callId })
    add(id, server, { callId })
  }
  return new Map(all.map((history) => [history.id, history]))
}

function stepsOf(path: PathReport['path'], idOfFrame: ReadonlyMap<number, number>): Step[] {
  return path.map(({ state, at, by, frame }, index) => {
    const message = frame === undefined ? undefined : idOfFrame.get(frame)
    return {
      at: Date.parse(at),
      kind: index === 0 ? 'started' : 'event',
      what: by,
      state,
      ...(message !== undefined && { message }),
    }
  })
}
