import { describe, expect, it } from 'vitest'
import { type MessageRecord, Recorder } from '../../src/inspect/recorder/index.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { answersTo, engineRig, ids, text } from './rig.ts'

/** An engine with a recorder, and the first lines that it has written down of a device. */
async function recordedRig() {
  const recorder = new Recorder(new VirtualClock(Date.UTC(2024, 4, 1)))
  const rig = await engineRig({ recorder })
  const lines = (deviceId = ids.peer) =>
    recorder
      .recording({ deviceId })
      .records.filter((record) => record.kind === 'message')
      .map(({ direction, text = '' }: MessageRecord) => `${direction} ${text.slice(0, text.indexOf('\r\n'))}`)
  return { ...rig, recorder, lines }
}

const message = `in MESSAGE sip:${ids.server}@3402000000 SIP/2.0`

describe('what the engine tells the flight recorder', () => {
  it('is a request and its answer, under the device that From names', async () => {
    const rig = await recordedRig()
    await answersTo(rig, text())
    expect([rig.lines(), rig.lines('1')]).toEqual([[message, 'out SIP/2.0 200 OK'], []])
  })

  it('is a retransmission each time, and the answer that it gets again', async () => {
    const rig = await recordedRig()
    await answersTo(rig, text(), text())
    expect(rig.lines()).toEqual([message, 'out SIP/2.0 200 OK', message, 'out SIP/2.0 200 OK'])
  })

  it('is also what is no message, where it says from whom it may be, and the refusal', async () => {
    const rig = await recordedRig()
    await answersTo(rig, text({ To: '"unbalanced <sip:x@y>' }))
    expect(rig.lines()).toEqual([message, expect.stringMatching(/^out SIP\/2\.0 400 /)])
    await answersTo(rig, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(rig.lines()).toHaveLength(2)
  })

  it('is a CANCEL that finds nothing, and its answer', async () => {
    const rig = await recordedRig()
    await answersTo(rig, text({ CSeq: '1 CANCEL' }))
    expect(rig.lines()).toEqual([
      `in CANCEL sip:${ids.server}@3402000000 SIP/2.0`,
      'out SIP/2.0 481 Call/Transaction Does Not Exist',
    ])
  })
})
