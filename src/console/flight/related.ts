/** From a message to the actors that had to do with it: its transaction first, then its dialog or query, then its device. */
import type { Source } from './flight.ts'
import type { History } from './history.ts'
import type { Message } from './message.ts'

export function actorsOf({ actors }: Source, message: Message): History[] {
  const ranked: [number, History][] = []
  for (const history of actors.values()) {
    const rank = rankOf(history, message)
    if (rank !== undefined) ranked.push([rank, history])
  }
  return ranked.sort(([a], [b]) => a - b).map(([, history]) => history)
}

function rankOf({ key, steps }: History, { id, at, branch, callId, method }: Message): number | undefined {
  const born = steps[0]
  if (born === undefined || born.at > at + 1000) return undefined
  if (key.branch !== undefined) return key.branch === branch && (key.callId ?? callId) === callId ? 0 : undefined
  if (steps.some(({ message }) => message === id)) return 1
  if (key.callId !== undefined && key.callId === callId) return 2
  return key.deviceId !== undefined && key.callId === undefined && method === 'REGISTER' ? 3 : undefined
}
