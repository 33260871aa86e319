/**
 * Whatever a camera answers, and whenever, and whatever the user does: after he has stopped it the session is over within
 * 100 s, told once, and nothing of it is left.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { answer, Call, noise, type Scene, scene } from './calls.ts'
import { ids, platformAt } from './support.ts'

type Step =
  | { do: 'respond'; status: number; tag: string | null; usable: boolean }
  | { do: 'answer'; method: 'BYE' | 'CANCEL'; status: number }
  | { do: 'bye'; tag: string; cseq: number }
  | { do: 'media'; ssrc: number; count: number; stranger: boolean; noise: boolean }
  | { do: 'unregister' }
  | { do: 'share' | 'stop' | 'abort' }
  | { do: 'wait'; ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('respond' as const),
    status: fc.constantFrom(100, 101, 180, 183, 200, 200, 200, 302, 404, 487, 603),
    tag: fc.constantFrom('d77', 'd77', 'other', null),
    usable: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('answer' as const),
    method: fc.constantFrom('BYE' as const, 'CANCEL' as const),
    status: fc.constantFrom(100, 200, 481),
  }),
  fc.record({
    do: fc.constant('bye' as const),
    tag: fc.constantFrom('d77', 'other'),
    cseq: fc.integer({ min: 1, max: 9 }),
  }),
  fc.record({
    do: fc.constant('media' as const),
    ssrc: fc.constantFrom(200_000_001, 0, 77),
    count: fc.constantFrom(1, 60),
    stranger: fc.boolean(),
    noise: fc.boolean(),
  }),
  fc.record({ do: fc.constantFrom('share' as const, 'stop' as const, 'abort' as const, 'unregister' as const) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 12_000 }) }),
)

/** What the camera does, without waiting for anything. */
function camerasPart(call: Call, { camera, bench }: Scene, now: Step): void | Promise<void> {
  const { callId, from } = call.invite.message
  switch (now.do) {
    case 'respond': {
      const { status, tag, usable } = now
      const body =
        status === 200 ? answer({ media: `${usable ? 'video' : 'audio'} 15060 ${usable ? '' : 'TCP/'}RTP/AVP 96` }) : ''
      return call.respond(status, { tag, body })
    }
    case 'answer':
      for (const request of camera.waiting(now.method)) {
        if ('method' in request.message) camera.peer.respond({ ...request, message: request.message }, now.status)
      }
      return
    case 'bye':
      return camera.peer.request('BYE', platformAt, {
        uri: `sip:${ids.platform}@192.0.2.10:5060`,
        headers: {
          From: `<sip:${ids.channel}@192.0.2.64:5060>;tag=${now.tag}`,
          To: `<sip:${ids.platform}@3402000000>;tag=${from.tag}`,
          'Call-ID': callId,
          CSeq: `${now.cseq} BYE`,
        },
      })
    case 'media':
      if (bench.media.ports.inUse === 0) return
      return call.media({
        ssrc: now.ssrc,
        count: now.count,
        ...(now.noise && { payload: noise }),
        ...(now.stranger && { from: { address: '203.0.113.5', port: 9000 } }),
      })
    default:
      return
  }
}

it('a session always ends, once, and gives everything back', async () => {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
    const made = await scene()
    const { bench, camera } = made
    const gone = new AbortController()
    const call = await new Call(bench, camera, {}, { signal: gone.signal }).invited()
    const { id } = call.view
    const leaving: Promise<void>[] = []
    for (const now of steps) {
      if (now.do === 'wait') await bench.clock.pass(now.ms)
      else if (now.do === 'abort') gone.abort()
      else if (now.do === 'stop') leaving.push(bench.platform.stop(id))
      else if (now.do === 'share') new Call(bench, camera, { share: true })
      else if (now.do === 'unregister') await camera.unregister()
      else await camerasPart(call, made, now)
      await bench.clock.pass(0)
    }
    leaving.push(bench.platform.stop(id))
    await bench.settle(Promise.all(leaving), 100_000)
    expect(['ended', 'failed']).toContain(bench.platform.session(id)?.state)
    expect(bench.of('session.ended').filter(({ sessionId }) => sessionId === id).length).toBe(1)
    expect(call.settled).toBeDefined()
    expect(bench.of('actor.crashed')).toEqual([])
    await bench.clock.pass(40_000)
    expect(bench.platform.actors().filter(({ machine }) => machine !== 'registration')).toEqual([])
    await bench.end()
  })
  await fc.assert(property, { numRuns: 150, seed: 28_181 })
}, 60_000)
