/** Colours of a terminal, or none: colour never alone carries meaning, so that both read the same. */
export type Ink = 'red' | 'green' | 'yellow' | 'blue' | 'cyan' | 'dim' | 'bold'

const codes: Readonly<Record<Ink, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 }

export type Paint = (ink: Ink, text: string) => string

export const paintWith = (color: boolean): Paint =>
  color ? (ink, text) => `\u001b[${codes[ink]}m${text}\u001b[0m` : (_, text) => text
