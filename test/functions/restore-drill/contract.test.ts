import { describe, expect, it } from 'vitest';
import { executionMinutes, Settings } from '../../../functions/restore-drill/contract.ts';
import { explain } from '../../../functions/runtime/schema-error.ts';
import signx from '../../../systems/signx-studio.ts';

const { settings } = signx.runbooks['restore-drill'];
/** What is said against the settings with one of them changed. */
const objection = (path: string[], value: unknown): string => {
  const changed = structuredClone(settings) as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  const parent = path.slice(0, -1).reduce((at, name) => at[name] as Record<string, unknown>, changed);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  const parsed = Settings.safeParse(changed);
  return parsed.success ? '' : explain(parsed.error, { input: changed, schema: Settings, what: 'settings' });
};

describe('the settings of a drill', () => {
  it.each([
    [['source']],
    [['source', 'restore']],
    [['copy', 'subnetGroup']],
    [['copy', 'parameterGroup']],
    [['copy', 'optionGroup']],
    [['copy', 'instanceClass']],
    [['checks']],
    [['objectives', 'rpoMinutes']],
  ])('F13 are refused without %j: RDS would take its own default, or nobody would look', (path) => {
    expect(objection(path, undefined)).toContain(path.at(-1));
  });

  it('are refused where nothing is looked at, and where the source is called as copies are', () => {
    expect(objection(['checks'], {})).toContain('proves nothing');
    expect(objection(['source', 'instance'], 'nightshift-drill-1')).toContain('must not begin with nightshift-drill-');
  });

  it.each([
    'Apex',
    'apex--db',
    'apex_db',
    '1apex',
    'apex-',
    "a'; DROP",
    'a'.repeat(64),
  ])('F21 refuse the name %j, which is none of RDS’s', (name) => {
    expect(objection(['source', 'instance'], name)).not.toBe('');
  });

  it('F74 let no copy count as left behind while its own drill may still be under way', () => {
    const longest = Settings.parse({ ...settings, copy: { ...settings.copy, timeoutMinutes: 480 } });
    const shortest = Settings.parse({ ...settings, sweepAfterHours: 12 }).sweepAfterHours;
    expect(executionMinutes(longest)).toBeLessThan(shortest * 60);
    expect(objection(['sweepAfterHours'], 11)).toContain('sweepAfterHours');
    expect(objection(['copy', 'timeoutMinutes'], 481)).toContain('timeoutMinutes');
  });
});
