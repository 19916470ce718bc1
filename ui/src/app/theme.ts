import {
  Button,
  createTheme,
  Menu,
  Modal,
  PasswordInput,
  Textarea,
  TextInput,
  Tooltip,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from '@mantine/core';

const pine: MantineColorsTuple = [
  '#effaf8',
  '#d8f1ec',
  '#b0e2d9',
  '#80cec2',
  '#4fb8ab',
  '#2f9e92',
  '#1c867b',
  '#0f766e',
  '#0d5f59',
  '#0a4a46',
];

// Darker than Mantine's own in the middle, so that dimmed text and placeholders keep a contrast of 4.5 to 1.
const gray: MantineColorsTuple = [
  '#f6f7f9',
  '#eef0f3',
  '#e3e7ec',
  '#d5dae1',
  '#bcc4ce',
  '#697584',
  '#586473',
  '#465160',
  '#323b47',
  '#1c232c',
];

const dark: MantineColorsTuple = [
  '#dbe1e8',
  '#b9c2cc',
  '#95a0ad',
  '#697482',
  '#353d47',
  '#2a313a',
  '#1e242b',
  '#161a20',
  '#101419',
  '#0b0e12',
];

export const theme = createTheme({
  colors: { pine, gray, dark },
  primaryColor: 'pine',
  primaryShade: 7,
  black: '#1c232c',
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: '620' },
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ defaultProps: { fw: 560 } }),
    Menu: Menu.extend({ defaultProps: { shadow: 'md', position: 'bottom-end', withinPortal: true } }),
    Modal: Modal.extend({
      defaultProps: { centered: true, radius: 'lg', padding: 'lg', overlayProps: { backgroundOpacity: 0.45, blur: 2 } },
    }),
    TextInput: TextInput.extend({ defaultProps: { inputWrapperOrder: ['label', 'input', 'description', 'error'] } }),
    Textarea: Textarea.extend({ defaultProps: { inputWrapperOrder: ['label', 'input', 'description', 'error'] } }),
    PasswordInput: PasswordInput.extend({ defaultProps: { inputWrapperOrder: ['label', 'input', 'description', 'error'] } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 400, withArrow: true } }),
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-error': '#c02626',
    '--mantine-color-anchor': '#0d6a63',
    '--mantine-color-body': '#ffffff',
    '--page-canvas': '#f4f6f8',
    '--page-line': '#e3e7ec',
    '--page-soft': '#f8f9fb',
    '--page-accent-soft': '#e4f4f1',
    '--page-accent-text': '#0d5f59',
    '--page-good': '#15803d',
    '--page-good-soft': '#e6f5ea',
    '--page-warn': '#92580a',
    '--page-warn-soft': '#fdf3dd',
    '--page-bad': '#b42323',
    '--page-bad-soft': '#fdecec',
  },
  dark: {
    '--mantine-color-error': '#ff8f8f',
    '--mantine-color-anchor': '#63c8bb',
    '--mantine-color-body': '#161a20',
    '--page-canvas': '#101419',
    '--page-line': '#2a313a',
    '--page-soft': '#1b2027',
    '--page-accent-soft': '#15312f',
    '--page-accent-text': '#7fd6ca',
    '--page-good': '#5fce85',
    '--page-good-soft': '#15291d',
    '--page-warn': '#e9b44c',
    '--page-warn-soft': '#2d2412',
    '--page-bad': '#ff9393',
    '--page-bad-soft': '#331a1c',
  },
});
