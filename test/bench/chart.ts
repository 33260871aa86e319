/**
 * The result as bars, one group for each benchmark, drawn to its own scale; lower is better. SVG by hand: it is
 * rectangles and words.
 */
import type { Result } from './results.ts'

interface Bar {
  readonly label: string
  readonly value: number
  readonly ours: boolean
  /** What ours must not exceed, by the promise against this peer. */
  readonly limit?: number
}

const legend = 'Lower is better. Red: what ours must not exceed, by the promise against the one in that row.'
const [width, labels, values, barHeight, gap, groupGap] = [760, 150, 90, 18, 6, 44]

export function chart(results: readonly Result[]): string {
  let y = 36
  const groups: string[] = []
  for (const [title, bars] of groupsOf(results)) {
    groups.push(group(title, bars, y))
    y += groupGap + bars.length * (barHeight + gap)
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}">`,
    '<style>text{font:12px system-ui,sans-serif;fill:#222}.t{font-weight:600}.n{fill:#555}</style>',
    `<rect width="${width}" height="${y}" fill="#fff"/>`,
    `<text class="n" x="8" y="24">${legend}</text>`,
    ...groups,
    '</svg>',
    '',
  ].join('\n')
}

function groupsOf(results: readonly Result[]): Map<string, Bar[]> {
  const groups = new Map<string, Bar[]>()
  for (const { name, what, unit, executor, value, peer, peerValue, target } of results) {
    const title = `${name}: ${what}, ${unit}`
    const bars = groups.get(title) ?? [{ label: `ours (${executor})`, value, ours: true }]
    groups.set(title, bars)
    if (peer === null && target !== undefined) bars[0] = { ...bars[0]!, limit: target.must }
    if (peer === null || peerValue === null) continue
    const limit = target && { limit: target.must * peerValue }
    bars.push({ label: peer === 'xstate' ? 'ours (xstate)' : peer, value: peerValue, ours: false, ...limit })
  }
  return groups
}

function group(title: string, bars: readonly Bar[], top: number): string {
  const most = Math.max(...bars.flatMap(({ value, limit = 0 }) => [value, limit]))
  const scale = (value: number) => (value / most) * (width - labels - values)
  const rows = bars.map((bar, index) => row(bar, top + 24 + index * (barHeight + gap), scale))
  return [`<text class="t" x="8" y="${top + 12}">${escaped(title)}</text>`, ...rows].join('\n')
}

function row({ label, value, ours, limit }: Bar, y: number, scale: (value: number) => number): string {
  const length = scale(value)
  const mark = limit === undefined ? undefined : labels + scale(limit)
  const line = `<path d="M${mark?.toFixed(1)} ${y - 2}v${barHeight + 4}" stroke="#c22" stroke-width="2"/>`
  return [
    `<text x="${labels - 8}" y="${y + 13}" text-anchor="end">${escaped(label)}</text>`,
    `<rect x="${labels}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" fill="${ours ? '#2a6fdb' : '#b9c2d0'}"/>`,
    `<text class="n" x="${(labels + Math.max(length, scale(limit ?? 0)) + 8).toFixed(1)}" y="${y + 13}">${value}</text>`,
    ...(mark === undefined ? [] : [line]),
  ].join('\n')
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
