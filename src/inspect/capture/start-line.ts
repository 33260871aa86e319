/**
 * Whether bytes are SIP, by their first line alone (RFC 3261 section 7): captures have SIP on any port.
 *
 * What a first line promises, the parser judges: a message whose header is broken is a message here.
 */

const CR = 0x0d
const LF = 0x0a

/** No start line is longer (`src/sip/limits.ts`). */
export const maxLine = 8192

const statusLine = /^SIP\/\d+\.\d+ +\d{3}(?: |$)/i
const requestLine = /^[\w\-.!%*+`'~]+ +[!-~\x80-\xff][^\0]* SIP\/\d+\.\d+ *$/i
/** Three words, the last one of them the version; what is wrong with the first two, the parser says. */
const threeWords = /^[^ \0]+ +[^ \0][^\0]* SIP\/\d+\.\d+ *$/i
const beginning = /^(?:SIP\/2\.0 |[A-Z]+ +(?:sips?|tel):)/

export const isStartLine = (line: string): boolean => statusLine.test(line) || requestLine.test(line)

/** Of a method that is in use. */
const knownStart =
  /(?:SIP\/2\.0 \d{3}(?: |$)|(?:REGISTER|MESSAGE|INVITE|ACK|BYE|CANCEL|OPTIONS|INFO|SUBSCRIBE|NOTIFY|UPDATE|PRACK|REFER|PUBLISH) (?:sips?|tel):[^ ]+ SIP\/2\.0$)/

/** Where in the line a start line begins, or -1: a body before it need not end with a line end. */
function startIn(line: string): number {
  const known = line.search(knownStart)
  return known < 0 && isStartLine(line) ? 0 : known
}

/** Whether a start line of a known method or a status line stands at `at`. */
export const isKnownStart = (bytes: Buffer, at: number): boolean => (lineAt(bytes, at) ?? '').search(knownStart) === 0

/** The line at `at` without its end, which a CR alone is too; undefined where no line ends within `maxLine` bytes. */
export function lineAt(bytes: Buffer, at: number): string | undefined {
  const lf = bytes.subarray(at, at + maxLine).indexOf(LF)
  if (lf < 0) return undefined
  const line = bytes.toString('latin1', at, at + lf)
  const cr = line.indexOf('\r')
  return cr < 0 ? line : line.slice(0, cr)
}

/** Where the first byte stands that is no line end: a message may have empty lines before it (7.5). */
export function afterEmptyLines(bytes: Buffer, from = 0): number {
  let at = from
  while (bytes[at] === CR || bytes[at] === LF) at++
  return at
}

/** Of a datagram. `begun`: the capture, or the sender, cut it within a first line that began as SIP does. */
export function recognise(datagram: Buffer): 'sip' | 'begun' | 'other' {
  const start = afterEmptyLines(datagram)
  const line = lineAt(datagram, start)
  const text = line ?? datagram.toString('latin1', start, start + maxLine)
  if (statusLine.test(text) || threeWords.test(text)) return 'sip'
  return line === undefined && beginning.test(text) ? 'begun' : 'other'
}

/** Where the first line that is a start line begins, at or after `from`, which is the beginning of a line; -1 without one. */
export const findStartLine = (bytes: Buffer, from: number): number =>
  find(bytes, from, (line) => (isStartLine(line) ? 0 : -1))

/** The same in a stream, where a start line follows a body whatever that ends with. */
export const resynchronise = (bytes: Buffer): number => find(bytes, 0, startIn)

function find(bytes: Buffer, from: number, startOf: (line: string) => number): number {
  for (let at = from; at < bytes.length; ) {
    const lf = bytes.indexOf(LF, at)
    if (lf < 0) return -1
    const start = lf - at < maxLine ? startOf(lineAt(bytes, at) ?? '') : -1
    if (start >= 0) return at + start
    at = lf + 1
  }
  return -1
}

/** Where the body begins: after the first empty line; -1 without one. */
export function bodyStart(bytes: Buffer, from = 0): number {
  for (let lf = bytes.indexOf(LF, from); lf >= 0; lf = bytes.indexOf(LF, lf + 1)) {
    const next = bytes[lf + 1] === CR ? lf + 2 : lf + 1
    if (bytes[next] === LF) return next + 1
  }
  return -1
}
