/** Captures of others, read and explained as a whole. */
import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { analyze, renderHtml, renderLadder } from '../../../src/analyze.ts'
import { corpusIndex, corpusPath, describeCorpus, readCorpus } from '../../support/corpus.ts'

interface Entry {
  readonly file: string
  readonly sipFrames: number
}

/** Digest responses as they stand in a file. */
const secretsIn = (bytes: Buffer): string[] =>
  [...bytes.toString('latin1').matchAll(/\bresponse="([0-9a-f]{32})"/g)].map(([, response = '']) => response)

describeCorpus('pcap', 'captures of third-party programs', () => {
  const index = corpusIndex<Entry>('pcap')

  it.each(index.map(({ file, sipFrames }) => [file, sipFrames] as const))(
    '%s: as many frames as tshark counts, no secret in any output',
    (file, sipFrames) => {
      const bytes = readCorpus('pcap', file)
      const analysis = analyze(bytes, { file })
      expect(analysis.frames).toBe(sipFrames)
      const shown = [JSON.stringify(analysis), renderLadder(analysis), renderHtml(analysis)].join('\n')
      expect(secretsIn(bytes).filter((secret) => shown.includes(secret))).toEqual([])
    },
  )

  it('a phone that retries a call ends as the caller lived it (sngrep-aaa)', () => {
    const { registrations, transactions, dialogs, findings } = analyze(readCorpus('pcap', 'sngrep-aaa.pcap'))
    expect(registrations.map(({ deviceId, outcome }) => [deviceId, outcome])).toEqual([
      ['voi18063', 'forgotten'],
      ['voi18062', 'online'],
      ['35104723', 'online'],
    ])
    expect(dialogs[0]?.outcome).toBe('cancelled')
    expect(transactions.find(({ method }) => method === 'CANCEL')).toMatchObject({
      outcome: 'timeout',
      retransmissions: 10,
    })
    expect(findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['wrong-password', 'answer-late', 'silent-after-trying']),
    )
  })

  it('cameras of sipp at Kamailio register and live (live-sipp-kamailio)', () => {
    const { registrations } = analyze(readCorpus('pcap', 'live-sipp-kamailio.pcap'))
    expect(registrations.map(({ outcome, keepalives }) => [outcome, keepalives])).toEqual([
      ['online', 0],
      ['online', 1],
      ['online', 1],
    ])
  })

  it('--device shows one of them, and counts the whole file all the same', () => {
    const bytes = readCorpus('pcap', 'live-sipp-kamailio.pcap')
    const analysis = analyze(bytes, { deviceId: '12010100001320000001' })
    expect(analysis.registrations.map(({ deviceId }) => deviceId)).toEqual(['12010100001320000001'])
    expect([analysis.messages, analysis.trace.length]).toEqual([24, 6])
  })

  it('a camera of srs-bench answers without a description, and its connection closes (TCP)', () => {
    const { registrations, findings } = analyze(readCorpus('pcap', 'live-srs-srsbench-gb28181-tcp.pcap'))
    expect(registrations).toMatchObject([{ outcome: 'offline', offlineReason: 'connection-closed' }])
    expect(findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['connection-closed', 'answer-without-sdp']),
    )
  })

  it('with bits flipped or cut off anywhere never makes the analyser throw', () => {
    const files = index.map(({ file }) => readCorpus('pcap', file)).filter(({ length }) => length < 20_000)
    const damage = fc.record({
      file: fc.constantFrom(...files),
      flips: fc.array(fc.nat(), { maxLength: 20 }),
      keep: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(damage, ({ file, flips, keep }) => {
        const bytes = Buffer.from(file)
        for (const flip of flips) bytes[flip % bytes.length]! ^= 1 << (flip % 8)
        const analysis = analyze(bytes.subarray(0, Math.ceil(keep * bytes.length)))
        renderLadder(analysis)
        renderHtml(analysis)
        expect(JSON.parse(JSON.stringify(analysis))).toHaveProperty('findings')
      }),
      { numRuns: 150 },
    )
  })
})

describeCorpus('gb28181', 'messages of the field', () => {
  const files = readdirSync(corpusPath('gb28181')).filter((file) => file.endsWith('.sip'))

  it('are each explained by themselves', () => {
    const none = files.filter((file) => analyze(readCorpus('gb28181', file)).messages !== 1)
    expect(none).toEqual([])
  })
})
