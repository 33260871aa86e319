/** Which rows of a long list are seen: TanStack's virtualizer, for Preact. */
import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from '@tanstack/virtual-core'
import type { RefObject } from 'preact'
import { useLayoutEffect, useReducer, useState } from 'preact/hooks'

export interface VirtualRows {
  readonly items: readonly VirtualItem[]
  readonly height: number
  scrollTo(index: number): void
}

export interface RowsLayout {
  readonly count: number
  /** Of every row, or of each. */
  readonly height: number | ((index: number) => number)
  /** Of what stays above the rows while they scroll. */
  readonly head?: number
}

export function useVirtualRows(
  frame: RefObject<HTMLElement | null>,
  { count, height, head = 0 }: RowsLayout,
): VirtualRows {
  const [, draw] = useReducer((times: number) => times + 1, 0)
  const options = {
    count,
    estimateSize: typeof height === 'number' ? () => height : height,
    getScrollElement: () => frame.current,
    overscan: 8,
    scrollMargin: head,
    scrollPaddingStart: head,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => draw(0),
  }
  const [rows] = useState(() => new Virtualizer<HTMLElement, HTMLElement>(options))
  rows.setOptions(options)
  useLayoutEffect(() => rows._didMount(), [rows])
  useLayoutEffect(() => rows._willUpdate())
  return { items: rows.getVirtualItems(), height: rows.getTotalSize(), scrollTo: (index) => rows.scrollToIndex(index) }
}
