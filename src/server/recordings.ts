/** What the flight recorder has of a device, as a file: for Wireshark, for programs, for people. */
import { HttpServerResponse } from 'effect/http'
import { analyze, renderHtml } from '../analyze.ts'
import { writePcap } from '../inspect/capture/index.ts'
import type { Bundle, Recording, Subject } from '../inspect/recorder/index.ts'
import { seenIn } from '../inspect/recorder/index.ts'
import type { ServedPlatform } from './served.ts'

export interface RecordRequest {
  readonly format?: 'json' | 'pcap' | 'html'
  readonly callId?: string
  /** With digest responses and passwords: pcap only. */
  readonly raw?: boolean
}

export interface RecordMaker {
  readonly platform: ServedPlatform
  readonly version: string
}

export function recordResponse(
  { platform, version }: RecordMaker,
  deviceId: string,
  now: number,
  { format = 'json', callId, raw = false }: RecordRequest,
): HttpServerResponse.HttpServerResponse {
  const subject: Subject = callId === undefined ? { deviceId } : { deviceId, callId }
  const recording = platform.recorder.recording(subject, { raw: raw && format === 'pcap' })
  const takenAt = new Date(now).toISOString()
  const bundle = (): Bundle => ({
    format: 'gb28181-bundle',
    version: 1,
    takenAt,
    recorder: `gb28181 ${version}`,
    recordedBy: platform.id,
    ...recording,
  })
  const name = `${[deviceId, ...(callId === undefined ? [] : [callId]), takenAt].join('_').replace(/[^\w.-]/g, '-')}`
  switch (format) {
    case 'json':
      return file(JSON.stringify(bundle()), 'application/json', `${name}.json`)
    case 'pcap':
      return file(pcapOf(recording), 'application/vnd.tcpdump.pcap', `${name}.pcap`)
    case 'html':
      return file(htmlOf(bundle(), name), 'text/html; charset=utf-8', `${name}.html`)
  }
}

const pcapOf = (recording: Recording): Uint8Array => writePcap(seenIn(recording).messages)

const htmlOf = (bundle: Bundle, title: string): string =>
  renderHtml(analyze(Buffer.from(JSON.stringify(bundle)), { file: title }))

function file(content: string | Uint8Array, contentType: string, name: string): HttpServerResponse.HttpServerResponse {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return HttpServerResponse.uint8Array(bytes, {
    contentType,
    headers: { 'content-disposition': `attachment; filename="${name}"`, 'cache-control': 'no-store' },
  })
}
