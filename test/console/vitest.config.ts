/** The console in Debian's Chromium: `npm run test:console`. */
import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Where `.ci/run` wants the counts, as JSON. */
const report = process.env.GB28181_TEST_REPORT
const counts: ['json', { outputFile: string }][] = report ? [['json', { outputFile: report }]] : []

export default defineConfig({
  root: resolve(import.meta.dirname, '../..'),
  ssr: { resolve: { conditions: ['gb28181-source', 'node', 'import', 'default'] } },
  test: {
    include: ['test/console/**/*.test.ts'],
    globalSetup: ['test/console/build.ts'],
    reporters: ['default', ...counts],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
})
