/** The CDK app: one stack for each system, and the security checks as a gate. */
import { App, type AppProps, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { checked, SettingsError } from './checked.ts';
import { NightshiftStack } from './nightshift-stack.ts';
import { System } from './system.ts';

/** `files` maps the name of each file in `systems/` to what it exports. */
export function nightshiftApp(files: Record<string, unknown>, props: AppProps = {}): App {
  // All are read before anything is made, so that a wrong file leaves no half-made assembly.
  const systems = Object.entries(files).map(([file, exported]) => ({ file, system: checked(System, exported, file) }));
  mustDiffer(systems.map(({ file, system: { name } }) => ({ file, name })));
  const app = new App(props);
  for (const { system } of systems) new NightshiftStack(app, system);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
  return app;
}

/** The name is that of the stack, and of its template’s file, which some disks do not tell apart by capitals. */
function mustDiffer(systems: { file: string; name: string }[]): void {
  for (const [, [first, ...others]] of Map.groupBy(systems, ({ name }) => name.toLowerCase())) {
    if (first === undefined || others.length === 0) continue;
    const files = [first, ...others].map(({ file, name }) => `${file} (${name})`).join(' and ');
    throw new SettingsError(
      `${files} have the same name: it is that of the stack, so each system needs one of its own.`,
    );
  }
}
