import { SegmentedControl, useMantineColorScheme, VisuallyHidden, type MantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import { text } from '../text/en';
import classes from './ColorSchemeControl.module.css';

const choices = [
  { value: 'light', label: text.shell.light, Icon: IconSun },
  { value: 'dark', label: text.shell.dark, Icon: IconMoon },
  { value: 'auto', label: text.shell.auto, Icon: IconDeviceDesktop },
] as const;

export function ColorSchemeControl() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      size="xs"
      fullWidth
      aria-label={text.shell.colorScheme}
      value={colorScheme}
      onChange={(value) => setColorScheme(value as MantineColorScheme)}
      classNames={{ innerLabel: classes.label }}
      data={choices.map(({ value, label, Icon }) => ({
        value,
        label: (
          <span title={label} className={classes.choice}>
            <Icon size={16} stroke={1.7} aria-hidden />
            <VisuallyHidden>{label}</VisuallyHidden>
          </span>
        ),
      }))}
    />
  );
}
