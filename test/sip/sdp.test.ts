import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  attributeValue,
  parseMediaParameters,
  parseSdp,
  parseSsrc,
  printSdp,
  type Sdp,
  type SdpMedia,
} from '../../src/sip/sdp.ts'
import { mediaOf, playAnswer, playOffer, ssrcText } from '../../src/sip/sdp-gb.ts'
import { corpusIndex, describeCorpus, readCorpus } from '../support/corpus.ts'

function take(body: Uint8Array | string): Sdp {
  const result = parseSdp(body)
  if (!result.ok) throw new Error(result.reason)
  return result.sdp
}

const lines = (...each: string[]) => each.map((line) => `${line}\r\n`).join('')

const PLATFORM = '34020000002000000001'
const CAMERA = '34020000001320000001'

const OFFER = lines(
  'v=0',
  'o=34020000002000000001 0 0 IN IP4 192.0.2.20',
  's=Play',
  'c=IN IP4 192.0.2.20',
  't=0 0',
  'm=video 30000 RTP/AVP 96 97 98 99',
  'a=recvonly',
  'a=rtpmap:96 PS/90000',
  'a=rtpmap:97 MPEG4/90000',
  'a=rtpmap:98 H264/90000',
  'a=rtpmap:99 H265/90000',
  'y=0200000001',
)

const ANSWER = lines(
  'v=0',
  'o=34020000001320000001 0 0 IN IP4 192.168.1.64',
  's=Play',
  'c=IN IP4 192.168.1.64',
  't=0 0',
  'm=video 15060 RTP/AVP 96',
  'a=sendonly',
  'a=rtpmap:96 PS/90000',
  'y=0200000001',
  'f=v/2/6/25/2/4096a/1/8/1',
)

const offerOf = (transport: 'udp' | 'tcp-passive' | 'tcp-active', address = '192.0.2.20') =>
  playOffer({ id: PLATFORM, address, port: 30_000, ssrc: '0200000001', transport })

function answerTo(offer: Sdp, parameters?: string): Sdp {
  const own = { offer, id: CAMERA, address: '192.168.1.64', port: 15_060, ssrc: '0200000001' }
  const result = playAnswer(parameters === undefined ? own : { ...own, parameters })
  if (!result.ok) throw new Error(result.reason)
  return result.sdp
}

describe('offer and answer of a live session (protocol/04 section 6)', () => {
  it('offers exactly in the form of the standard', () => expect(printSdp(offerOf('udp'))).toBe(OFFER))

  it('answers exactly in the form of the standard', () => {
    expect(printSdp(answerTo(take(OFFER), 'v/2/6/25/2/4096a/1/8/1'))).toBe(ANSWER)
  })

  it.each([
    ['tcp-passive', 'passive', 'active'],
    ['tcp-active', 'active', 'passive'],
  ] as const)('%s: offers setup:%s, is answered setup:%s, both on a new connection', (transport, offered, answered) => {
    const offer = offerOf(transport)
    expect(printSdp(offer)).toContain('m=video 30000 TCP/RTP/AVP 96 97 98 99\r\n')
    expect(printSdp(offer)).toContain(`a=rtpmap:99 H265/90000\r\na=setup:${offered}\r\na=connection:new\r\ny=`)
    const answer = answerTo(offer)
    expect(printSdp(answer)).toContain('m=video 15060 TCP/RTP/AVP 96\r\n')
    expect(attributeValue(answer.media[0]?.attributes ?? [], 'connection')).toBe('new')
    expect(mediaOf(answer)).toMatchObject({ transport: 'tcp', setup: answered })
  })

  it('repeats session type, channel and times of a playback in the answer', () => {
    const playback = OFFER.replace('s=Play', 's=Playback\r\nu=34020000001320000001:0').replace(
      't=0 0',
      't=1714521600 1714523400',
    )
    expect(printSdp(answerTo(take(playback)))).toContain(
      's=Playback\r\nu=34020000001320000001:0\r\nc=IN IP4 192.168.1.64\r\nt=1714521600 1714523400\r\n',
    )
  })

  it('answers with the payload type that the offer gave to PS', () => {
    const other = OFFER.replace('AVP 96 97', 'AVP 97 96').replace('96 PS', '96 H264').replace('97 MPEG4', '97 PS')
    expect(mediaOf(answerTo(take(other)))).toMatchObject({ payloadType: 97, encodingName: 'PS' })
  })

  it('says why it cannot answer', () => {
    const own = { id: CAMERA, address: '192.0.2.1', port: 1, ssrc: '0' }
    const audio = take(lines('v=0', 's=Play', 'm=audio 1 RTP/AVP 8'))
    expect(playAnswer({ ...own, offer: audio })).toEqual({ ok: false, reason: 'no-media' })
    const h264 = take(lines('v=0', 's=Play', 'm=video 1 RTP/AVP 98', 'a=rtpmap:98 H264/90000'))
    expect(playAnswer({ ...own, offer: h264 })).toEqual({ ok: false, reason: 'no-common-format' })
  })

  it('writes IPv6 as IP6', () => {
    const offer = printSdp(offerOf('udp', '2001:db8::20'))
    expect(offer).toContain(`o=${PLATFORM} 0 0 IN IP6 2001:db8::20\r\n`)
    expect(mediaOf(take(offer))?.address).toBe('2001:db8::20')
  })
})

describe('what an answer says about the media', () => {
  it('gives all that a receiver needs', () => {
    expect(mediaOf(take(ANSWER))).toEqual({
      kind: 'video',
      address: '192.168.1.64',
      port: 15_060,
      transport: 'udp',
      payloadType: 96,
      encodingName: 'PS',
      clockRate: 90_000,
      ssrc: 200_000_001,
      ssrcText: '0200000001',
    })
  })

  it('takes the address of the medium before that of the session', () => {
    const both = ANSWER.replace('AVP 96\r\n', 'AVP 96\r\nc=IN IP4 198.51.100.7\r\n')
    expect(mediaOf(take(both))?.address).toBe('198.51.100.7')
  })

  it('knows the static payload types without an rtpmap', () => {
    expect(mediaOf(take(lines('v=0', 'm=audio 8000 RTP/AVP 8')), 'audio')).toEqual({
      kind: 'audio',
      port: 8000,
      transport: 'udp',
      payloadType: 8,
      encodingName: 'PCMA',
      clockRate: 8000,
    })
  })

  it('names a vendor stream as the vendor does', () => {
    const vendor = take(ANSWER.replace('96 PS/90000', '96 HIKVISION/90000'))
    expect(mediaOf(vendor)?.encodingName).toBe('HIKVISION')
  })

  it('has nothing to say without an m-line', () => expect(mediaOf(take(lines('v=0', 's=Play')))).toBeUndefined())
})

describe('y= (Annex G)', () => {
  it.each([
    ['live', '44010200492000000001', 1, '0102000001', 0x06146581],
    ['history', '44010200492000000001', 1, '1102000001', 0x41af2f81],
    ['live', '34020000002000000001', 1, '0200000001', 0x0bebc201],
    ['history', '3402000000', 1, '1200000001', 0x47868c01],
    ['live', '3402000000', 9999, '0200009999', 200_009_999],
  ] as const)('%s, domain %s, serial %i is %s', (kind, domain, serial, text, number) => {
    expect(ssrcText(kind, domain, serial)).toBe(text)
    expect(parseSsrc(text)).toEqual({ text, number })
  })

  it.each([
    ['34020000', 1],
    ['3402000000', 10_000],
    ['3402000000', -1],
    ['3402000000', 0.5],
  ])('refuses domain %s, serial %d: both are our own', (domain, serial) => {
    expect(() => ssrcText('live', domain, serial)).toThrow(RangeError)
  })

  it.each(['12010100001320000001', '4294967296', '', 'abc', '0x10'])('keeps %j as text that is no SSRC', (text) => {
    expect(parseSsrc(text)).toEqual({ text })
  })

  it('keeps the zeros of the Dahua example', () =>
    expect(parseSsrc('0000000000')).toEqual({ text: '0000000000', number: 0 }))
})

describe('f= (Annex G)', () => {
  it.each([
    ['v/2/6/25/1/4096a///', { codec: 2, resolution: '6', frameRate: 25, rateType: 1, kbps: 4096 }, {}],
    ['v/////a/1/8/1', {}, { codec: 1, rate: 8, sampling: 1 }],
    [
      'v/2/6/25/1/4096 a/1/8/1',
      { codec: 2, resolution: '6', frameRate: 25, rateType: 1, kbps: 4096 },
      { codec: 1, rate: 8, sampling: 1 },
    ],
    [
      'v/5/2560x1440/25/2/8192a/6/10/6',
      { codec: 5, resolution: '2560x1440', frameRate: 25, rateType: 2, kbps: 8192 },
      { codec: 6, rate: 10, sampling: 6 },
    ],
    ['v/a/1/8/1', {}, { codec: 1, rate: 8, sampling: 1 }],
    [
      'v/0/0/0/0/0a/0/0/0',
      { codec: 0, resolution: '0', frameRate: 0, rateType: 0, kbps: 0 },
      { codec: 0, rate: 0, sampling: 0 },
    ],
    ['', {}, {}],
    ['nonsense', {}, {}],
  ])('reads %j', (raw, video, audio) => expect(parseMediaParameters(raw)).toEqual({ raw, video, audio }))
})

describe('lines', () => {
  it.each([
    ['LF', ANSWER.replaceAll('\r\n', '\n')],
    ['no final line end', ANSWER.slice(0, -2)],
    ['empty lines', ANSWER.replaceAll('\r\n', '\r\n\r\n')],
    ['a NUL at the end', `${ANSWER}\0`],
    ['blanks at the end of lines', ANSWER.replaceAll('\r\n', ' \r\n')],
    ['y= and f= before m=', ANSWER.replace(/(m=.*)(y=.*f=.*?\r\n)/s, '$2$1')],
    ['f= before y=', ANSWER.replace(/(y=.*?\r\n)(f=.*?\r\n)/s, '$2$1')],
    ['a second y=', `${ANSWER}y=0000000001\r\n`],
  ])('%s makes no difference', (_, sent) => expect(printSdp(take(sent))).toBe(ANSWER))

  it('keeps lines that it does not know, in order, in their section', () => {
    const sent = lines(
      'v=0',
      'o=1 0 0 IN IP4 192.0.2.1',
      's=Play',
      'i=VCam',
      'c=IN IP4 192.0.2.1',
      'b=AS:500',
      't=0 0',
      'x=2',
      'x=1',
      'a=tool:z',
      'm=video 9 RTP/AVP 96',
      'i=eye',
      'b=AS:9',
      'z=9',
    )
    expect(take(sent).others.map(({ type }) => type)).toEqual(['i', 'b', 'x', 'x'])
    expect(printSdp(take(sent))).toBe(sent)
  })

  it('reads a name in GB18030, and in UTF-8', () => {
    const gb = Buffer.concat([Buffer.from('v=0\r\ni='), Buffer.from([0xc3, 0xc5]), Buffer.from('\r\n')])
    expect(take(gb).others).toEqual([{ type: 'i', value: '门' }])
    expect(take(Buffer.from('v=0\r\ni=门\r\n')).others).toEqual([{ type: 'i', value: '门' }])
  })

  it.each([
    ['', 'empty'],
    ['\r\n\r\n', 'empty'],
    ['<Query/>', 'not-sdp'],
    ['o=1\r\nv=0\r\n', 'not-sdp'],
    ['v=0\r\nHello\r\n', 'not-sdp'],
    ['v=0\r\nm=video x RTP/AVP 96', 'bad-media'],
    ['v=0\r\nm=video 65536 RTP/AVP 96', 'bad-media'],
    ['v=0\r\nm=video', 'bad-media'],
    ['v=0\r\nc=IN IP4', 'bad-connection'],
    ['v=0\r\nc=ATM IP4 192.0.2.1', 'bad-connection'],
    [`v=0\r\n${'a=x\r\n'.repeat(250_000)}`, 'too-big'],
  ])('refuses %.20j: %s', (body, reason) => expect(parseSdp(body)).toEqual({ ok: false, reason }))

  it('gives a description or a typed rejection for anything', () => {
    const soup = fc.array(
      fc.constantFrom(
        'v=0',
        'm=video 1 RTP/AVP',
        'c=IN IP4 1',
        'y=',
        'f=a/',
        'a=',
        'o=',
        '\r\n',
        '\n',
        ' ',
        'a',
        '=',
        '\0',
        '门',
      ),
      { maxLength: 20 },
    )
    fc.assert(
      fc.property(
        fc.oneof(
          soup.map((parts) => `v=0\r\n${parts.join('')}`),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          const result = parseSdp(text)
          if (!result.ok) expect(['empty', 'not-sdp', 'bad-media', 'bad-connection']).toContain(result.reason)
          else expect(take(printSdp(result.sdp))).toEqual(result.sdp)
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('round trip', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9.:门]{1,12}$/)
  const phrase = fc.array(word, { maxLength: 3 }).map((words) => words.join(' '))
  const connection = fc.record({ addressType: fc.constantFrom('IP4', 'IP6'), address: word })
  const attribute = fc.oneof(
    fc.record({ name: fc.constantFrom('recvonly', 'x') }),
    fc.record({ name: fc.constantFrom('rtpmap', 'setup'), value: phrase }),
  )
  const others = (letters: string[]) =>
    fc.array(fc.record({ type: fc.constantFrom(...letters), value: phrase }), { maxLength: 3 })
  const medium: fc.Arbitrary<SdpMedia> = fc.record(
    {
      kind: fc.constantFrom('video', 'audio'),
      port: fc.nat(65_535),
      protocol: fc.constantFrom('RTP/AVP', 'TCP/RTP/AVP'),
      formats: fc.array(word, { maxLength: 3 }),
      attributes: fc.array(attribute, { maxLength: 3 }),
      others: others(['b', 'k', 'x']),
      connection,
    },
    { requiredKeys: ['kind', 'port', 'protocol', 'formats', 'attributes', 'others'] },
  )
  const sdp = fc.record(
    {
      origin: fc.record({ username: word, sessionId: word, sessionVersion: word, addressType: word, address: word }),
      name: phrase,
      uri: phrase,
      connection,
      times: fc.array(fc.record({ start: word, stop: word }), { maxLength: 2 }),
      attributes: fc.array(attribute, { maxLength: 2 }),
      others: others(['i', 'x', 'z']).map((each) => each.toSorted((a, b) => a.type.localeCompare(b.type))),
      media: fc.array(medium, { maxLength: 3 }),
      ssrc: fc.nat(0xffffffff).map((n) => parseSsrc(String(n).padStart(10, '0'))),
      parameters: phrase.map(parseMediaParameters),
    },
    { requiredKeys: ['origin', 'name', 'times', 'attributes', 'others', 'media'] },
  )

  it('reads back every description that it prints', () => {
    fc.assert(
      fc.property(sdp, (description) => {
        expect(take(printSdp(description))).toEqual(description)
      }),
    )
  })
})

/** A message's body, where its Content-Type is SDP. */
function sdpBody(folder: 'gb28181' | 'rfc5118', file: string): Buffer[] {
  const bytes = readCorpus(folder, file)
  const end = bytes.indexOf('\r\n\r\n')
  const isSdp = end > 0 && /^content-type\s*:\s*application\/sdp/im.test(bytes.subarray(0, end).toString('latin1'))
  return isSdp ? [bytes.subarray(end + 4)] : []
}

/** A body's lines, as they stand, without regard to where `y=` and `f=` were put. */
const meaning = (text: string) => {
  const all = text.split('\r\n').filter((line) => line !== '')
  return [
    ...all.filter((line) => !/^[yf]=/.test(line)),
    ...all
      .filter((line) => /^[yf]=/.test(line))
      .sort()
      .reverse(),
  ]
}

describeCorpus('gb28181', 'descriptions of real devices and platforms', () => {
  const bodies = corpusIndex<{ file: string }>('gb28181').flatMap(({ file }) =>
    sdpBody('gb28181', file).map((body) => ({ file, body })),
  )

  it('is fifteen of them', () => expect(bodies.length).toBe(15))

  it.each(bodies)('$file is read, and printed with the same meaning', ({ body }) => {
    expect(meaning(printSdp(take(body)))).toEqual(meaning(body.toString()))
  })

  it.each([
    ['play-01.sip', { address: '192.168.0.111', port: 9712, payloadType: 96, encodingName: 'PS', ssrc: 100000001 }],
    ['flylab-ws-054.sip', { address: '192.168.28.110', port: 9708, ssrc: 0, ssrcText: '0000000000' }],
    ['peer-ellean-073.sip', { address: '192.0.2.2', port: 39_000, ssrcText: '12010100001320000001' }],
    ['peer-java445-030.sip', { address: '127.0.0.1', port: 0, payloadType: 96, ssrc: 100000001 }],
    ['talk-01.sip', { kind: 'audio', port: 9712, payloadType: 8, encodingName: 'PCMA', clockRate: 8000 }],
  ])('%s says what it will send', (file, expected) => {
    expect(sdpBody('gb28181', file).map((body) => mediaOf(take(body)))).toEqual([expect.objectContaining(expected)])
  })
})

describeCorpus('rfc5118', 'descriptions with IPv6', () => {
  it.each([
    ['ipv6-in-sdp.sip', ['2001:db8::20']],
    ['ipv4-mapped-ipv6.sip', ['::ffff:192.0.2.2']],
    ['mult-ip-in-sdp.sip', ['192.0.2.1', '2001:db8::1']],
  ])('%s', (file, addresses) => {
    const [body] = sdpBody('rfc5118', file)
    const sdp = take(body ?? '')
    const seen = [sdp.connection, ...sdp.media.map(({ connection }) => connection)].flatMap((c) =>
      c ? [c.address] : [],
    )
    expect(seen).toEqual(addresses)
    expect(take(printSdp(sdp))).toEqual(sdp)
  })
})
