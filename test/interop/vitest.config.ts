/** Tests against programs that this project did not write: `npm run test:interop`. Ends with the interop table. */
import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { InteropTable } from './table.ts'

/** Where `.ci/run` wants the counts, as JSON. */
const report = process.env.GB28181_TEST_REPORT
const counts: ['json', { outputFile: string }][] = report ? [['json', { outputFile: report }]] : []

export default defineConfig({
  root: resolve(import.meta.dirname, '../..'),
  ssr: { resolve: { conditions: ['gb28181-source', 'node'] } },
  test: {
    include: ['test/interop/**/*.test.ts'],
    reporters: ['default', ...counts, new InteropTable()],
    // Each file keeps a peer busy, and two cores are not many.
    fileParallelism: false,
    hookTimeout: 30_000,
  },
})
