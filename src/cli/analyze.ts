/** `gb28181 analyze FILE`: what happened in a capture, and what went wrong in it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { Effect, Option } from 'effect'
import { Argument, Command } from 'effect/cli'
import {
  type Analysis,
  type AnalyzeOptions,
  analyze,
  renderCsv,
  renderHtml,
  renderLadder,
  renderPcap,
} from '../analyze.ts'
import { countText, renderAffairs, renderFindings } from '../inspect/ladder/index.ts'
import { isDeviceId } from '../manscdp/ids.ts'
import { text, toggle } from './flags.ts'
import { type Terminal, Unusable } from './terminal.ts'

export const analyzeFlags = {
  json: toggle('json', 'one JSON object on standard output instead of text'),
  html: text('html', 'OUT', 'write one HTML file that needs nothing else, secrets redacted'),
  pcap: text('pcap', 'OUT', 'write the messages as a capture, secrets overwritten'),
  csv: text('csv', 'OUT', 'write a line for each message: time, addresses, what it is'),
  filter: text(
    'filter',
    'TERMS',
    'only messages that fit, such as \'method:MESSAGE -cmd:Keepalive status:4xx text:"y=0"\'',
  ),
  device: text('device', 'ID', 'only what concerns this device, 20 digits'),
  'fail-on-findings': toggle('fail-on-findings', 'exit 1 where there is an error or a warning'),
}

export const analyzeFlagNames = {
  all: Object.keys(analyzeFlags),
  repeated: [],
  toggles: ['json', 'fail-on-findings'],
}

export const analyzeCommand = (terminal: Terminal) =>
  Command.make(
    'analyze',
    {
      ...analyzeFlags,
      file: Argument.String('file').pipe(
        Argument.withDescription('pcap, pcapng, .sip or a recorded bundle; - is standard input'),
      ),
    },
    ({ file, json, html, pcap, csv, filter, device, 'fail-on-findings': failOnFindings }) =>
      Effect.try({
        try: () =>
          run(terminal, {
            file,
            json,
            html: Option.getOrUndefined(html),
            pcap: Option.getOrUndefined(pcap),
            csv: Option.getOrUndefined(csv),
            filter: Option.getOrUndefined(filter),
            deviceId: Option.getOrUndefined(device),
            failOnFindings,
          }),
        catch: (error) => error,
      }),
  ).pipe(
    Command.withDescription(
      'Explains a capture: registrations, queries, sessions, the states each took, what went wrong.',
    ),
    Command.withExamples([
      { command: 'gb28181 analyze camera.pcap', description: 'What is wrong with this camera?' },
      { command: 'gb28181 analyze camera.pcap --html report.html', description: 'The same to send to somebody' },
      {
        command: "gb28181 analyze camera.pcap --filter 'method:INVITE -has:retransmission' --pcap calls.pcap",
        description: 'Only the calls, as a capture of their own',
      },
      { command: 'tcpdump -i any -w - port 5060 -c 100 | gb28181 analyze -', description: 'From a running capture' },
    ]),
  )

interface Wish {
  readonly file: string
  readonly json: boolean
  readonly html: string | undefined
  readonly pcap: string | undefined
  readonly csv: string | undefined
  readonly filter: string | undefined
  readonly deviceId: string | undefined
  readonly failOnFindings: boolean
}

function run(terminal: Terminal, { file, json, html, pcap, csv, filter, deviceId, failOnFindings }: Wish): void {
  if (deviceId !== undefined && !isDeviceId(deviceId)) throw new Unusable(`--device ${deviceId}: expected 20 digits`)
  const options = { file, ...(deviceId !== undefined && { deviceId }), ...(filter !== undefined && { filter }) }
  const analysis = explained(contentOf(file), options)
  if (analysis.format === 'unknown') {
    throw new Error(`${file}: not a capture (${analysis.stoppedAt?.detail ?? 'nothing in it can be read'})`)
  }
  if (html !== undefined) write('html', html, renderHtml(analysis))
  if (pcap !== undefined) write('pcap', pcap, renderPcap(analysis))
  if (csv !== undefined) write('csv', csv, renderCsv(analysis))
  if (json) terminal.out(JSON.stringify(analysis))
  else show(terminal, analysis)
  const wrong = analysis.findings.filter(({ severity }) => severity !== 'info')
  if (failOnFindings && wrong.length > 0) throw new Error(`${file}: ${countText(wrong)}`)
}

function explained(content: Buffer, options: AnalyzeOptions): Analysis {
  try {
    return analyze(content, options)
  } catch (error) {
    if (error instanceof TypeError) throw new Unusable(`--filter: ${error.message}`)
    throw error
  }
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file)
  } catch (error) {
    throw new Error(`${file}: cannot be read (${reasonOf(error)})`)
  }
}

function write(flag: string, file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content)
  } catch (error) {
    throw new Error(`--${flag} ${file}: cannot be written (${reasonOf(error)})`)
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)

function show(terminal: Terminal, analysis: Analysis): void {
  const color = wantsColor(terminal)
  const width = process.stdout.columns ?? 120
  const parts = [
    headText(analysis),
    analysis.trace.length === 0 ? 'no SIP message' : renderLadder(analysis, { color, width }),
    renderAffairs(analysis, { color }),
    renderFindings(analysis, { color }),
  ]
  terminal.out(parts.filter((part) => part !== '').join('\n\n'))
}

/** NO_COLOR (no-color.org) wins; a pipe gets none. */
const wantsColor = ({ env }: Terminal): boolean =>
  (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb' && process.stdout.isTTY === true

function headText({ file, format, messages, frames, totalFrames, startedAt, endedAt, ...rest }: Analysis): string {
  const { skipped, skippedCount, stoppedAt } = rest
  const lines = [
    `${file} (${format}): ${messages} SIP messages in ${frames} of ${totalFrames} frames, ${startedAt} to ${endedAt}`,
  ]
  if (stoppedAt !== undefined)
    lines.push(`reading stopped at frame ${stoppedAt.frame}: ${stoppedAt.why} (${stoppedAt.detail ?? ''})`)
  for (const { frame, why, detail } of skipped.slice(0, 10))
    lines.push(`skipped frame ${frame}: ${why} (${detail ?? ''})`)
  if (skippedCount > 10) lines.push(`skipped ${skippedCount} frames in all`)
  return lines.join('\n')
}
