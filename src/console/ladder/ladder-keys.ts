/** The keys of a ladder; sngrep's where it has one. */
import { useKeys } from '../state/keys.ts'
import { setQuery } from '../state/route.ts'
import { type Drawn, download, ladderText } from './export.ts'
import type { Following } from './following.ts'
import { messageOf, rowOf } from './rows.ts'
import type { Seen } from './seen.ts'
import type { Selection } from './selection.ts'
import { clocks, colourings, currentView, next, toggle } from './view.ts'

interface Controls {
  readonly selection: Selection
  readonly seen: Seen
  readonly following: Following
  readonly drawn: Drawn
}

const focus = (selector: string) => document.querySelector<HTMLElement>(selector)?.focus()

export function useLadderKeys({ selection, seen, following, drawn }: Controls): void {
  const copy = () => {
    const { message } = currentView()
    const text = message === undefined ? undefined : messageOf(drawn.rows[rowOf(drawn.rows, message)])?.text
    if (text !== undefined) void navigator.clipboard.writeText(text)
  }
  useKeys([
    { keys: ['j', 'ArrowDown'], text: 'keyNext', does: () => selection.step(1) },
    { keys: ['k', 'ArrowUp'], text: 'keyPrevious', does: () => selection.step(-1) },
    { keys: ['g', 'Home'], text: 'keyFirst', does: selection.first },
    { keys: ['G', 'End'], text: 'keyLast', does: selection.last },
    { keys: ['['], text: 'keyDialogBack', does: () => selection.inDialog(-1) },
    { keys: [']'], text: 'keyDialogOn', does: () => selection.inDialog(1) },
    { keys: ['Enter'], text: 'keyRaw', does: () => toggle('raw', currentView().raw) },
    { keys: [' '], text: 'keyMark', does: selection.mark },
    { keys: ['/'], text: 'keyFilter', does: () => focus('.ladder-filter') },
    { keys: ['F'], text: 'keyFind', does: () => focus('.ladder-find') },
    { keys: ['n'], text: 'keyHit', does: () => selection.hit(1) },
    { keys: ['N'], text: 'keyHitBack', does: () => selection.hit(-1) },
    { keys: ['d'], text: 'keySdp', does: () => toggle('sdp', currentView().sdp) },
    { keys: ['m'], text: 'keyMedia', does: () => toggle('noMedia', !currentView().media) },
    { keys: ['s'], text: 'keyAddress', does: () => toggle('byAddress', currentView().byAddress) },
    { keys: ['R'], text: 'keyList', does: () => toggle('list', currentView().list) },
    { keys: ['c'], text: 'keyColour', does: () => setQuery({ colour: next(colourings, currentView().colour) }) },
    { keys: ['t'], text: 'keyClock', does: () => setQuery({ clock: next(clocks, currentView().clock) }) },
    { keys: ['v'], text: 'keyChart', does: () => setQuery({ dock: currentView().dock === 'chart' ? '' : 'chart' }) },
    { keys: ['y'], text: 'keyCopy', does: copy },
    { keys: ['f'], text: 'keyFollow', does: () => following.set(!following.isOn) },
    { keys: ['p'], text: 'keyPause', does: () => seen.setPaused(!seen.isPaused) },
    { keys: ['x'], text: 'keyExport', does: () => download(`${drawn.title}.txt`, 'text/plain', ladderText(drawn)) },
  ])
}
