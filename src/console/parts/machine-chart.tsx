import { charts } from 'virtual:charts'
import { type ChartTimer, Statechart, type TakenStep } from './statechart.tsx'

interface Props {
  readonly machine: string
  readonly state: string
  readonly timer?: ChartTimer | null | undefined
  readonly taken?: TakenStep | undefined
}

/** The drawing of a machine by its name. */
export function MachineChart({ machine, ...shown }: Props) {
  const chart = charts[machine]
  return chart === undefined ? null : <Statechart chart={chart} {...shown} />
}
