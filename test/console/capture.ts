/** A capture of a camera that registers, is asked for its catalog and plays; one REGISTER was sent twice. */
import { writePcap } from '../../src/inspect/capture/write-pcap.ts'

const camera = { address: '192.168.1.64', port: 5060 }
const platform = { address: '192.168.1.10', port: 5060 }
const cameraId = '34020000001320000001'
const platformId = '34020000002000000001'
const began = Date.UTC(2026, 10, 24, 8, 0, 0)

type Headers = readonly string[]

const sip = (start: string, headers: Headers, body = ''): string =>
  [start, ...headers, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n')

const headers = (method: string, number: number, fromCamera: boolean, callId: string, toTag = ''): Headers => {
  const [from, to, sender] = fromCamera ? [cameraId, cameraId, camera] : [platformId, cameraId, platform]
  return [
    `Via: SIP/2.0/UDP ${sender.address}:5060;rport;branch=z9hG4bK${callId}${number}`,
    `From: <sip:${from}@3402000000>;tag=${callId}`,
    `To: <sip:${to}@3402000000>${toTag}`,
    `Call-ID: ${callId}@${sender.address}`,
    `CSeq: ${number} ${method}`,
    'Max-Forwards: 70',
  ]
}

const register = (number: number, more: Headers): string =>
  sip(`REGISTER sip:${platformId}@3402000000 SIP/2.0`, [
    ...headers('REGISTER', number, true, 'reg'),
    `Contact: <sip:${cameraId}@192.168.1.64:5060>`,
    'Expires: 3600',
    'X-GB-Ver: 2.0',
    ...more,
  ])

const answer = (status: string, to: Headers, more: Headers = [], body = ''): string =>
  sip(`SIP/2.0 ${status}`, [...to.map((line) => line.replace(/^(To:.*3402000000>)$/, '$1;tag=far')), ...more], body)

const catalog = `<?xml version="1.0"?>\r\n<Query>\r\n<CmdType>Catalog</CmdType>\r\n<SN>17</SN>\r\n<DeviceID>${cameraId}</DeviceID>\r\n</Query>\r\n`
const listed = `<?xml version="1.0"?>\r\n<Response>\r\n<CmdType>Catalog</CmdType>\r\n<SN>17</SN>\r\n<DeviceID>${cameraId}</DeviceID>\r\n<SumNum>1</SumNum>\r\n<DeviceList Num="1">\r\n<Item><DeviceID>34020000001310000001</DeviceID><Name>Gate</Name><Status>ON</Status></Item>\r\n</DeviceList>\r\n</Response>\r\n`
const sdp = (owner: string, address: string, port: number, way: string): string =>
  `v=0\r\no=${owner} 0 0 IN IP4 ${address}\r\ns=Play\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=video ${port} RTP/AVP 96\r\na=${way}\r\na=rtpmap:96 PS/90000\r\ny=0200000001\r\n`

const challenge = `WWW-Authenticate: Digest realm="3402000000", nonce="f3a1", algorithm=MD5`
const proof = `Authorization: Digest username="${cameraId}", realm="3402000000", nonce="f3a1", uri="sip:${platformId}@3402000000", response="0123456789abcdef0123456789abcdef", algorithm=MD5`
const xml = ['Content-Type: Application/MANSCDP+xml']
const described = ['Content-Type: application/sdp']
const invite = headers('INVITE', 20, false, 'play')

/** Milliseconds, who says it, what. */
const said: readonly (readonly [number, 'camera' | 'platform', string])[] = [
  [0, 'camera', register(1, [])],
  [500, 'camera', register(1, [])],
  [503, 'platform', answer('401 Unauthorized', headers('REGISTER', 1, true, 'reg'), [challenge])],
  [520, 'camera', register(2, [proof])],
  [524, 'platform', answer('200 OK', headers('REGISTER', 2, true, 'reg'), ['Expires: 3600'])],
  [
    560,
    'platform',
    sip(
      `MESSAGE sip:${cameraId}@192.168.1.64:5060 SIP/2.0`,
      [...headers('MESSAGE', 17, false, 'ask'), ...xml],
      catalog,
    ),
  ],
  [566, 'camera', answer('200 OK', headers('MESSAGE', 17, false, 'ask'))],
  [
    590,
    'camera',
    sip(`MESSAGE sip:${platformId}@3402000000 SIP/2.0`, [...headers('MESSAGE', 3, true, 'list'), ...xml], listed),
  ],
  [592, 'platform', answer('200 OK', headers('MESSAGE', 3, true, 'list'))],
  [
    15_000,
    'platform',
    sip(
      `INVITE sip:34020000001310000001@192.168.1.64:5060 SIP/2.0`,
      [
        ...invite,
        `Contact: <sip:${platformId}@192.168.1.10:5060>`,
        'Subject: 34020000001310000001:0200000001,34020000002000000001:0',
        ...described,
      ],
      sdp(platformId, '192.168.1.10', 30_000, 'recvonly'),
    ),
  ],
  [15_008, 'camera', answer('100 Trying', invite)],
  [
    15_090,
    'camera',
    answer(
      '200 OK',
      invite,
      [`Contact: <sip:${cameraId}@192.168.1.64:5060>`, ...described],
      sdp(cameraId, '192.168.1.64', 15_060, 'sendonly'),
    ),
  ],
  [
    15_094,
    'platform',
    sip(`ACK sip:${cameraId}@192.168.1.64:5060 SIP/2.0`, headers('ACK', 20, false, 'play', ';tag=far')),
  ],
  [
    31_000,
    'platform',
    sip(`BYE sip:${cameraId}@192.168.1.64:5060 SIP/2.0`, headers('BYE', 21, false, 'play', ';tag=far')),
  ],
  [31_006, 'camera', answer('200 OK', headers('BYE', 21, false, 'play', ';tag=far'))],
]

export const capture = (): Buffer =>
  writePcap(
    said.map(([after, by, text]) => ({
      at: began + after,
      transport: 'UDP' as const,
      source: by === 'camera' ? camera : platform,
      destination: by === 'camera' ? platform : camera,
      bytes: Buffer.from(text),
    })),
  )
