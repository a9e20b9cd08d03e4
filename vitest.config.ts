import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** It checks every scenario’s calls against the roles, so it runs last, when the scenario tests have recorded them. */
const LAST = 'test/infra/privilege.test.ts';

class ScenariosFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLast = (file: TestSpecification): boolean => file.moduleId.endsWith(LAST);
    const isScenario = (file: TestSpecification): boolean => file.moduleId.includes('/test/sim/');
    return [
      ...sorted.filter((file) => isScenario(file)),
      ...sorted.filter((file) => !isScenario(file) && !isLast(file)),
      ...sorted.filter(isLast),
    ];
  }
}

/** Their tests replace modules or globals, or change this process's environment: each file has a process of its own. */
const ALONE = ['test/lambdas/*.test.ts', 'test/cli/**/*.test.ts', 'test/bench/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    // Two more than the two cores that the suite is made for: the tests of ports and of the command line mostly wait.
    maxWorkers: 4,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    sequence: { sequencer: ScenariosFirst },
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE, isolate: true } },
      // Half of their time went into loading the same modules for every file.
      { extends: true, test: { name: 'together', include: ['test/**/*.test.ts'], exclude: ALONE, isolate: false } },
    ],
  },
});
