/**
 * `node actor-bytes.ts EXECUTOR COUNT registration|transaction`: sends the bytes of heap that one actor holds while it
 * lives, with its key and its place in the map that finds it. For a transaction with the 390 bytes of an answer, which it
 * must keep for retransmissions; what the platform keeps of the request besides is not in the figure.
 */
import { heapUsed, rig } from './rig.ts'

const answerLength = 390

const [executor, count, kind] = process.argv.slice(2)
const made = rig(executor)
const alive = new Map<string, object>()

/** A string of its own, not a view of others. */
const own = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')

function add(number: number): void {
  if (kind === 'registration') {
    const actor = made.registration(number)
    alive.set(actor.id, actor)
    return
  }
  const key = own(`z9hG4bK-${number}-0123456789abcdef|127.0.0.1:5060|REGISTER`)
  alive.set(key, made.transaction(key, { answer: own(String(number).padEnd(answerLength, '.')) }))
}

// What is made once (tables, code) is not counted.
add(0)
const before = heapUsed()
for (let number = 1; number <= Number(count); number++) add(number)
const bytes = (heapUsed() - before) / Number(count)
if (alive.size !== Number(count) + 1) throw new Error('some have gone')
process.send?.(bytes)
process.disconnect?.()
