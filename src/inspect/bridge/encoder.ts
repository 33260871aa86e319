/** How one kind of inspector is told of a step: the texts of the messages, none where its protocol has no word for it. */
import type { Step } from './watch.ts'

export type Encoder = (step: Step) => readonly string[]
