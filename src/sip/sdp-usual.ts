/**
 * The description that nearly every device answers with, read by one regular expression for what it says of its media: lines
 * that end in CRLF, in the order of RFC 4566 5, one medium over RTP/AVP whose first format has its rtpmap, single spaces.
 *
 * Whatever is not exactly that gives undefined and is read by `sdp.ts`, which knows the whole grammar and comes to the same
 * for these (test/sip/sdp-usual.test.ts holds the two together): 1 us instead of 9.
 */
import type { MediaDescription } from './sdp-gb.ts'
import { parseDecimal, type Wire } from './text.ts'

const line = '[^\\r\\n]*\\r\\n'
const connection = 'c=IN IP4 ([\\w.:-]+)\\r\\n'
/** Any number of lines of these kinds: they say nothing here, or no more once another has. */
const lines = (kinds: string): string => `(?:${kinds}${line})*`
/** Neither `setup`, in whatever case, nor an `rtpmap` that is not as usual. */
const attribute = 'a=(?:send|recvonly|rtpmap:(?:0|[1-9]\\d*) |(?![rRsS]))'

const form = new RegExp(
  [
    `^v=${line}${lines('[A-Zabd-ln-xz]=')}(?:${connection}${lines('[A-Za-ln-xz]=')})?`,
    `m=(video|audio) (\\d+) RTP/AVP (0|[1-9]\\d*)(?: [^\\r\\n]*)?\\r\\n(?:${connection})?`,
    `${lines(`(?!a=rtpmap:\\4 )(?:[A-Zbd-ln-xz]=|${attribute})`)}a=rtpmap:\\4 ([\\w.+-]+)/(\\d+)\\r\\n`,
    `${lines(`(?:[A-Zbd-ln-xz]=|${attribute})`)}(?:y=(\\d+)\\r\\n${lines(`(?:[A-Zbd-ln-z]=|${attribute})`)})?$`,
  ].join(''),
)

/** Ten times what devices send. A regular expression remembers each line that it has passed. */
const longest = 4096

/** Where it stands in what was found. */
const part = { ofSession: 1, kind: 2, port: 3, format: 4, ofMedium: 5, encodingName: 6, clockRate: 7, ssrc: 8 }

export function usualMedia(text: Wire): MediaDescription | undefined {
  const found = text.length > longest ? null : form.exec(text)
  if (found === null) return undefined
  const port = numberIn(found[part.port]!, 5, 65_535)
  const payloadType = numberIn(found[part.format]!, 3, 999)
  const clockRate = numberIn(found[part.clockRate]!, 9, 999_999_999)
  if (port === undefined || payloadType === undefined || clockRate === undefined) return undefined
  const kind = found[part.kind]!
  const encodingName = found[part.encodingName]!
  return described({ kind, port, transport: 'udp', payloadType, encodingName, clockRate }, found)
}

function described(
  media: Mutable<MediaDescription>,
  found: readonly (Wire | undefined)[],
): MediaDescription | undefined {
  const address = found[part.ofMedium] ?? found[part.ofSession]
  if (address !== undefined) media.address = address
  const ssrcText = found[part.ssrc]
  if (ssrcText === undefined) return media
  const ssrc = numberIn(ssrcText, 10, 0xffffffff)
  if (ssrc === undefined) return undefined
  media.ssrcText = ssrcText
  media.ssrc = ssrc
  return media
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Of so many digits at most: with more, it may not be one for everybody. */
const numberIn = (text: Wire, digits: number, max: number): number | undefined =>
  text.length > digits ? undefined : parseDecimal(text, max)
