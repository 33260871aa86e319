/** Whatever becomes of a flow's messages on their way into the records, it is explained without a throw. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { analyze, analyzeCapture, renderHtml, renderLadder } from '../../../src/analyze.ts'
import type { CapturedMessage } from '../../../src/inspect/capture/types.ts'
import { parseMessage } from '../../../src/sip/parse.ts'
import { seededRandom } from '../../../src/testing/random.ts'
import { flow, inOrder, stream } from '../analysis/flow.ts'
import { bundleOf, bytesOf } from '../recorder/bundles.ts'

const clean = await flow()
const began = clean[0]?.at ?? 0

const damage = fc.record({
  order: fc.shuffledSubarray(
    clean.map((_, index) => index),
    { minLength: 1 },
  ),
  flips: fc.array(fc.record({ message: fc.nat(), at: fc.nat(), bit: fc.nat(7) }), { maxLength: 40 }),
  times: fc.array(fc.integer({ min: -1e6, max: 1e9 }), { minLength: 1, maxLength: 5 }),
  seen: fc.boolean(),
})

const damaged = (
  message: CapturedMessage,
  index: number,
  { flips, times }: { flips: readonly { message: number; at: number; bit: number }[]; times: readonly number[] },
) => {
  const bytes = Buffer.from(message.bytes)
  for (const { message: which, at, bit } of flips)
    if (which % clean.length === index) bytes[at % bytes.length]! ^= 1 << bit
  return { ...message, at: message.at + (times[index % times.length] ?? 0), bytes, parsed: parseMessage(bytes) }
}

it('messages lost, out of order, out of time and with bits flipped', () => {
  fc.assert(
    fc.property(damage, ({ order, seen, ...rest }) => {
      const messages = order.map((index) => damaged(clean[index]!, index, rest))
      const capture = {
        format: 'pcap',
        messages: seen ? inOrder(messages) : messages,
        media: seen ? [stream({ firstAt: began + 100_010, ssrc: 7 })] : [],
        closings: [],
        totalFrames: messages.length,
        sipFrames: messages.length,
        skipped: [],
        skippedCount: 0,
      } as const
      const analysis = analyzeCapture(capture)
      expect(analysis.transactions.length).toBeLessThanOrEqual(messages.length)
      expect(renderLadder(analysis).length).toBeGreaterThan(0)
      expect(renderHtml(analysis)).toMatch(/<\/html>\n$/)
    }),
    { numRuns: 300 },
  )
})

it('a bundle with bits flipped, from end to end', () => {
  const bundle = bytesOf(bundleOf(clean))
  const random = seededRandom(4)
  const pick = (below: number) => Math.floor(random.fraction() * below)
  for (let time = 0; time < 200; time++) {
    const bytes = Buffer.from(bundle)
    for (let flips = 1 + pick(12); flips > 0; flips--) bytes[pick(bytes.length)]! ^= 1 << pick(8)
    const analysis = analyze(bytes)
    expect(['bundle', 'unknown']).toContain(analysis.format)
    expect(renderHtml(analysis)).toMatch(/<\/html>\n$/)
  }
})
