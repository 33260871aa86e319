/** A capture of loopback by tshark, and what tshark makes of it. */
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Running, Stage } from './stage.ts'

export class Capture {
  readonly #stage: Stage
  readonly #tshark: Running
  readonly #file: string
  readonly #decodeAs: readonly string[]

  constructor(stage: Stage, tshark: Running, file: string, decodeAs: readonly string[]) {
    this.#stage = stage
    this.#tshark = tshark
    this.#file = file
    this.#decodeAs = decodeAs
  }

  /** Resolves once `times` lines of tshark's live account have `text` in them: packets come through it with some delay. */
  async seen(text: string, times = 1, timeout = 20_000): Promise<void> {
    const count = () => this.#tshark.output.split('\n').filter((line) => line.includes(text)).length
    await expect.poll(count, { timeout, message: `${times} of "${text}" on the wire` }).toBeGreaterThanOrEqual(times)
  }

  async stop(): Promise<void> {
    this.#tshark.signal('SIGINT')
    expect((await this.#tshark.ended).code).toBe(0)
  }

  /** The fields of every frame that a display filter matches, a row a frame; for a stopped capture. */
  frames(filter: string, ...fields: readonly string[]): Promise<readonly (readonly string[])[]> {
    return this.framesIn(this.#file, filter, ...fields)
  }

  /** The same of another file, with the same ports taken for the same protocols. */
  async framesIn(file: string, filter: string, ...fields: readonly string[]): Promise<readonly (readonly string[])[]> {
    const { code, stdout, output } = await this.#stage.run('tshark', [
      ...['-n', '-r', file, '-Y', filter, '-T', 'fields', '-E', `aggregator=${separator}`, ...this.#decodeAs],
      ...fields.flatMap((field) => ['-e', field]),
    ])
    expect(code, output).toBe(0)
    return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')]))
  }

  /**
   * Every value of one field, for what may stand in a frame several times: of messages that are sent one right after the
   * other over TCP the kernel makes one frame, where what went before is still on its way (tcp_autocorking).
   */
  async values(filter: string, field: string): Promise<readonly string[]> {
    return (await this.frames(filter, field)).flatMap(([values = '']) => values.split(separator))
  }

  /** The SIP messages of a file, each as its first line, CSeq and Via. Our responses have `received`, requests have none. */
  async messagesIn(file: string = this.#file): Promise<readonly string[]> {
    const rows = await this.framesIn(file, 'sip', 'sip.Via', 'sip.CSeq', 'sip.Request-Line', 'sip.Status-Line')
    return rows.flatMap((row) => {
      const [vias = [], cseqs, requests, statuses] = row.map((values) => values.split(separator))
      return vias.map((via, at) => {
        const first = (via.includes(';received=') ? statuses : requests)?.shift()
        return `${first} / ${cseqs?.[at]} / ${via}`
      })
    })
  }

  /** `FRAME: WHAT` for every frame that tshark warns of, or worse. */
  async warnings(): Promise<readonly string[]> {
    const fields = ['frame.number', '_ws.expert.message', '_ws.expert.severity', '_ws.expert.group']
    const rows = await this.frames('_ws.expert', ...fields)
    return rows.flatMap(([frame, message, severities = '', groups = '']) => {
      const group = groups.split(separator).map(Number)
      const warned = severities.split(separator).some((text, at) => Number(text) >= warning && group[at] !== sequence)
      return warned ? [`${frame}: ${message}`] : []
    })
  }
}

/** Between the values of a field that a frame has several times; in no header field, as a comma may be. */
const separator = '\u001f'

/** Wireshark's severity "Warning", and the group of what it says about TCP's sequence numbers, which are not ours. */
const [warning, sequence] = [0x600000, 0x2000000]

/**
 * Captures what `filter` (of libpcap) matches; resolves when it does. `decodeAs`: `tcp.port==5061,sip` and the like, for
 * ports that tshark cannot guess.
 */
export async function startCapture(stage: Stage, filter: string, decodeAs: readonly string[]): Promise<Capture> {
  const file = join(stage.folder, 'capture.pcapng')
  const rules = decodeAs.flatMap((rule) => ['-d', rule])
  const tshark = stage.start('tshark', ['-i', 'lo', '-f', filter, '-w', file, '-P', '-l', '-n', ...rules])
  await expect.poll(() => tshark.output, { timeout: 15_000 }).toContain('Capture started')
  return new Capture(stage, tshark, file, rules)
}
