/** A statechart as it is drawn: boxes and lines in one plane, laid out when the page is built. */

export interface Chart {
  readonly id: string
  readonly width: number
  readonly height: number
  readonly states: readonly ChartState[]
  readonly edges: readonly ChartEdge[]
  /** Transitions that hold in every state. */
  readonly anywhere: readonly string[]
}

export interface ChartState {
  /** The machine's id and the path, joined by dots. */
  readonly id: string
  readonly key: string
  readonly type: 'atomic' | 'compound' | 'final' | 'begin'
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** Entry and exit actions, and what does not leave the state. */
  readonly lines: readonly string[]
}

export interface ChartEdge {
  readonly id: string
  /** Empty for the one into an initial state. */
  readonly source: string
  readonly targets: readonly string[]
  /** What it is taken by; none for the one into an initial state. */
  readonly event?: string
  /** Of an `after`: the delay's name. */
  readonly timer?: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
  readonly labels: readonly { readonly x: number; readonly y: number; readonly lines: readonly string[] }[]
}
