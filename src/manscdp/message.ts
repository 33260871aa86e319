/**
 * A MANSCDP message: the body of a SIP MESSAGE, SUBSCRIBE or NOTIFY (GB/T 28181 Annex A, A.1).
 *
 * Bytes in, a typed message or a typed rejection out; a message in, bytes out. The first three children are CmdType, SN and
 * DeviceID, found by name since devices change the order. A command without a schema here keeps its tree (`raw`) and has
 * no `value`. Knows no SIP: who sent it, and what to answer, is for others.
 */
import { type Charset, decodeBody, encodeBody, type ReadCharset } from './charset.ts'
import { type Root, type Vocabulary, vocabulary } from './commands/index.ts'
import { type Note, Notes } from './notes.ts'
import type { Content, Edition } from './schema.ts'
import { childOf, parseXml, printXml, XML_LIMITS, type XmlElement, type XmlLimits, xmlElement } from './xml.ts'
import type { XmlRejectionCode } from './xml-mend.ts'

interface Envelope {
  /** Command sequence number: the Response carries that of its request. */
  readonly sn: number | undefined
  /** Whom it concerns. A Broadcast and the MobilePosition of 2016 have none. */
  readonly deviceId: string | undefined
  readonly charset: ReadCharset
  /** The whole document as sent, for what no schema names. */
  readonly raw: XmlElement
}

type CmdTypeOf<R extends Root> = keyof Vocabulary[R] & string
type ValueOf<C> = C extends Content<infer Read, never> ? Read : never
type SentOf<C> = C extends Content<unknown, infer Written> ? Written : never

type Known = {
  [R in Root]: {
    [C in CmdTypeOf<R>]: Envelope & {
      readonly root: R
      readonly cmdType: C
      readonly value: ValueOf<Vocabulary[R][C]>
    }
  }[CmdTypeOf<R>]
}[Root]

type Unknown = Envelope & { readonly root: Root; readonly cmdType: string; readonly value: undefined }

/** A message as received. `isMessage` narrows it to one command. */
export type ManscdpMessage = Known | Unknown

/** The message of one command: `MessageOf<'Response', 'Catalog'>`. */
export type MessageOf<R extends Root, C extends CmdTypeOf<R>> = Extract<Known, { root: R; cmdType: C }>

/** A message to send: of a command with a schema, or any other with its elements made by hand. */
export type Outgoing =
  | {
      [R in Root]: {
        [C in CmdTypeOf<R>]: {
          readonly root: R
          readonly cmdType: C
          readonly sn: number
          readonly deviceId?: string
          readonly value: SentOf<Vocabulary[R][C]>
        }
      }[CmdTypeOf<R>]
    }[Root]
  | {
      readonly root: Root
      readonly cmdType: string
      readonly sn: number
      readonly deviceId?: string
      readonly value?: undefined
      /** What follows DeviceID, in order. */
      readonly elements: readonly XmlElement[]
    }

export type RejectionCode = XmlRejectionCode | 'unknown-root' | 'no-cmd-type'

/** Why a body is no MANSCDP message. `detail` quotes no values: a body can hold a password. */
export interface ManscdpRejection {
  readonly code: RejectionCode
  readonly detail: string
}

export type ParseManscdpResult =
  | { ok: true; message: ManscdpMessage; notes: readonly Note[] }
  | { ok: false; rejection: ManscdpRejection; notes: readonly Note[] }

export interface ParseManscdpOptions {
  /** What this device is configured to send, for bodies that declare nothing. */
  readonly charset?: Charset
  readonly limits?: Partial<XmlLimits>
}

/** Reads a body. Never throws; a body that is complete and has a root and a CmdType is taken, whatever else is odd. */
export function parseManscdp(bytes: Uint8Array, options: ParseManscdpOptions = {}): ParseManscdpResult {
  const limit = options.limits?.maxLength ?? XML_LIMITS.maxLength
  if (bytes.byteLength > limit) return reject('too-big', `${bytes.byteLength} bytes, at most ${limit}`, [])
  const body = decodeBody(bytes, options.charset === undefined ? {} : { charset: options.charset })
  const parsed = parseXml(body.text, options.limits)
  const before = joined(body.notes, parsed.notes)
  if (!parsed.ok) return { ok: false, rejection: parsed.rejection, notes: before }
  const root = rootOf(parsed.root.name)
  if (!root) return reject('unknown-root', 'the root is not Control, Query, Notify or Response', before)
  const cmdType = childOf(parsed.root, 'CmdType')?.text
  if (!cmdType) return reject('no-cmd-type', `${root} without CmdType`, before)
  const notes = new Notes()
  const message = readMessage(root, cmdType, parsed.root, body.charset, notes)
  return { ok: true, message, notes: joined(before, notes.list()) }
}

const joined = (before: readonly Note[], after: readonly Note[]): readonly Note[] =>
  after.length === 0 ? before : [...before, ...after]

/** Whether a message is of this command; narrows `value` to its fields. */
export function isMessage<R extends Root, C extends CmdTypeOf<R>>(
  message: ManscdpMessage,
  root: R,
  cmdType: C,
): message is MessageOf<R, C> {
  return message.root === root && message.cmdType === cmdType
}

export interface PrintOptions {
  /** The peer's edition decides which fields are sent and how they are spelled; 2016 unless known. */
  readonly edition?: Edition
  /** GB2312 until 2016 and GB18030 from 2022, unless the peer wants another. */
  readonly charset?: Charset
}

/** The body's bytes: declaration, CmdType, SN, DeviceID, then the fields in the order of the standard, CRLF between. */
export function printManscdp(message: Outgoing, options: PrintOptions = {}): Buffer {
  const edition = options.edition ?? 2016
  const charset = options.charset ?? (edition >= 2022 ? 'GB18030' : 'GB2312')
  const head = [xmlElement('CmdType', message.cmdType), xmlElement('SN', String(message.sn))]
  if (message.deviceId !== undefined) head.push(xmlElement('DeviceID', message.deviceId))
  const content = 'elements' in message ? message.elements : writeValue(message, edition)
  return encodeBody(printXml(xmlElement(message.root, [...head, ...content]), charset), charset)
}

const reject = (code: RejectionCode, detail: string, notes: readonly Note[]): ParseManscdpResult => ({
  ok: false,
  rejection: { code, detail },
  notes,
})

const ROOTS: readonly Root[] = ['Control', 'Query', 'Notify', 'Response']

const rootOf = (name: string): Root | undefined =>
  ROOTS.find((root) => root === name) ?? ROOTS.find((root) => root.toLowerCase() === name.toLowerCase())

function readMessage(root: Root, sent: string, raw: XmlElement, charset: ReadCharset, notes: Notes): ManscdpMessage {
  const [cmdType, schema] = schemaOf(root, sent) ?? [sent, undefined]
  const envelope = { root, cmdType, sn: readSn(raw, notes), deviceId: readDeviceId(raw), charset, raw }
  // The schema was looked up by this root and CmdType, so that its value is the one that the type pairs with them.
  return { ...envelope, value: schema?.read(raw, notes, '') } as ManscdpMessage
}

type Command = readonly [cmdType: string, schema: Content<unknown, never>]

const commandsOf = (root: Root): ReadonlyMap<string, Command> =>
  new Map(
    Object.entries<Content<unknown, never>>(vocabulary[root]).map((command) => [command[0].toLowerCase(), command]),
  )

/** By root, then by CmdType in lower case. */
const commands: Readonly<Record<Root, ReadonlyMap<string, Command>>> = {
  Control: commandsOf('Control'),
  Query: commandsOf('Query'),
  Notify: commandsOf('Notify'),
  Response: commandsOf('Response'),
}

/** A command by its CmdType in any case, under the spelling of the standard. */
const schemaOf = (root: Root, cmdType: string): Command | undefined => commands[root].get(cmdType.toLowerCase())

function writeValue(message: Exclude<Outgoing, { elements: unknown }>, edition: Edition): readonly XmlElement[] {
  const content = schemaOf(message.root, message.cmdType)?.[1].write(message.value as never, edition)
  if (content === undefined || typeof content === 'string')
    throw new TypeError(`${message.root} ${message.cmdType} has no fields to print`)
  return content
}

function readSn(raw: XmlElement, notes: Notes): number | undefined {
  const sent = childOf(raw, 'SN')?.text
  const sn = sent !== undefined && /^\d{1,16}$/.test(sent) ? Number(sent) : Number.NaN
  if (Number.isSafeInteger(sn)) return sn
  notes.add(sent ? 'bad-value' : 'missing-field', 'SN')
  return undefined
}

const readDeviceId = (raw: XmlElement): string | undefined => childOf(raw, 'DeviceID')?.text || undefined
