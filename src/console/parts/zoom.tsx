/** A drawing larger than its frame: wheel with Ctrl or + and − make it larger and smaller, dragging moves it. */
import type { RefObject } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useText } from '../state/text.ts'

const [smallest, largest, step] = [0.3, 2.5, 1.2]
/** A drawing that fits is shown at its size; one that does not is made smaller, but stays to be read. */
const readable = 0.82

export interface Zoom {
  readonly scale: number
  by(steps: number): void
  fit(): void
  readonly handlers: {
    readonly onWheel: (event: WheelEvent) => void
    readonly onKeyDown: (event: KeyboardEvent) => void
    readonly onPointerDown: (event: PointerEvent) => void
    readonly onPointerMove: (event: PointerEvent) => void
    readonly onPointerUp: () => void
  }
}

interface Size {
  readonly width: number
  readonly height: number
}

export function useZoom(frame: RefObject<HTMLElement | null>, size: Size): Zoom {
  const [scale, setScale] = useState(1)
  const held = useRef<{ x: number; y: number }>(undefined)
  const fitting = (least: number) => {
    const room = frame.current === null ? size.width : frame.current.clientWidth - 24
    return Math.max(least, Math.min(1, room / size.width))
  }
  useLayoutEffect(() => setScale(fitting(readable)), [size])
  const by = (steps: number) => setScale((now) => Math.min(largest, Math.max(smallest, now * step ** steps)))
  const fit = () => setScale(fitting(smallest))
  const keys: Readonly<Record<string, () => void>> = { '+': () => by(1), '=': () => by(1), '-': () => by(-1), 0: fit }
  return {
    scale,
    by,
    fit,
    handlers: {
      onWheel: (event) => {
        if (!event.ctrlKey) return
        event.preventDefault()
        by(event.deltaY < 0 ? 1 : -1)
      },
      onKeyDown: (event) => {
        const does = keys[event.key]
        if (does === undefined || event.ctrlKey || event.metaKey) return
        event.preventDefault()
        does()
      },
      onPointerDown: ({ clientX, clientY, button }) => {
        if (button === 0) held.current = { x: clientX, y: clientY }
      },
      onPointerMove: ({ clientX, clientY, buttons }) => {
        if (held.current === undefined || buttons === 0) return
        frame.current?.scrollBy(held.current.x - clientX, held.current.y - clientY)
        held.current = { x: clientX, y: clientY }
      },
      onPointerUp: () => {
        held.current = undefined
      },
    },
  }
}

export function ZoomButtons({ zoom }: { zoom: Zoom }) {
  const say = useText()
  return (
    <fieldset class="zoom" aria-label={say('zoom')}>
      <button type="button" aria-label={say('smaller')} onClick={() => zoom.by(-1)}>
        −
      </button>
      <button type="button" onClick={zoom.fit} title={say('fit')}>
        {Math.round(zoom.scale * 100)} %
      </button>
      <button type="button" aria-label={say('larger')} onClick={() => zoom.by(1)}>
        +
      </button>
    </fieldset>
  )
}
