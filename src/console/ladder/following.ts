/** The ladder goes along with what comes, until the viewer scrolls up; then it stays, and counts what is new. */
import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { messageOf, type Row } from './rows.ts'

export interface Following {
  readonly isOn: boolean
  /** Messages that came since. */
  readonly fresh: number
  set(on: boolean): void
}

interface FollowingOptions {
  readonly isLive: boolean
  readonly rows: readonly Row[]
  readonly height: number
}

export function useFollowing(
  frame: RefObject<HTMLElement | null>,
  { isLive, rows, height }: FollowingOptions,
): Following {
  const [isOn, setOn] = useState(true)
  const lastSeen = useRef(0)
  const before = useRef(rows)
  // Where the frame stood when it was last moved by us, or said to have moved.
  const top = useRef(0)
  const last = lastId(rows)
  if (isOn) lastSeen.current = last
  const scrollTo = (element: HTMLElement, to: number) => {
    element.scrollTop = to
    top.current = element.scrollTop
  }

  useLayoutEffect(() => {
    const element = frame.current
    if (element === null || before.current === rows) return
    const gone = droppedRows(before.current, rows)
    before.current = rows
    if (isLive && isOn) scrollTo(element, element.scrollHeight)
    // What made room above must not move what is being read.
    else if (gone > 0) scrollTo(element, element.scrollTop - gone * height)
  })

  // The raw list takes the place of the ladder, which is another element when it comes back.
  const shown = frame.current
  useEffect(() => {
    const element = frame.current
    if (element === null || !isLive) return
    top.current = element.scrollTop
    const scrolled = () => {
      // The browser tells of our own scrolling a frame later, when the viewer may have said otherwise.
      if (element.scrollTop === top.current) return
      // Up is the viewer's own doing, never that of the page's growth.
      if (element.scrollTop < top.current) setOn(false)
      if (element.scrollTop + element.clientHeight >= element.scrollHeight - height) setOn(true)
      top.current = element.scrollTop
    }
    element.addEventListener('scroll', scrolled, { passive: true })
    return () => element.removeEventListener('scroll', scrolled)
  }, [frame, shown, isLive, height])

  const set = (on: boolean) => {
    setOn(on)
    const element = frame.current
    if (on && element !== null) scrollTo(element, element.scrollHeight)
  }
  return { isOn: isLive && isOn, fresh: isLive && !isOn ? freshRows(rows, lastSeen.current) : 0, set }
}

const lastId = (rows: readonly Row[]): number => messageOf(rows.findLast((row) => row.kind === 'message'))?.id ?? 0

function freshRows(rows: readonly Row[], seen: number): number {
  let count = 0
  for (let index = rows.length - 1; index >= 0; index--) {
    const row = rows[index]
    if (row?.kind !== 'message') continue
    if (row.message.id <= seen) break
    count++
  }
  return count
}

/** How many rows at the beginning are not there any more. */
function droppedRows(before: readonly Row[], rows: readonly Row[]): number {
  const [first, known] = [messageOf(rows[0]), messageOf(before[0])]
  if (first === undefined || known === undefined || first === known) return 0
  return Math.max(
    0,
    before.findIndex((row) => row.kind === 'message' && row.message === first),
  )
}
