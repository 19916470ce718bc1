import { filters, groups } from './en/fleet';
import { whole } from './number';

/** Every English text of the page. Sentences of the server (error messages) are shown as they come. */
export const text = {
  filters,
  groups,
  product: 'Postern',

  errors: {
    serverGone: 'The server does not answer.',
    withoutMessage: (status: number) => `The server answered with status ${status} and gave no reason.`,
    retry: 'Try again',
    crashed: 'This view failed to load.',
    crashedHint: 'If the server was just updated, loading the page again brings the new version.',
    reloadPage: 'Load the page again',
    loadingFailed: 'This could not be loaded',
  },

  connection: {
    gone: 'The server does not answer. What you see may be out of date; trying again every few seconds.',
    offline: 'This computer is offline. What you see may be out of date.',
  },

  shell: {
    skip: 'Skip to content',
    goTo: 'Go to…',
    navigation: 'Main navigation',
    openMenu: 'Open navigation',
    closeMenu: 'Close navigation',
    deviceGroups: 'Device groups',
    all: 'All',
    colorScheme: 'Colour scheme',
    light: 'Light',
    dark: 'Dark',
    auto: 'Like the system',
    account: 'Account',
    changePassword: 'Change password',
    logout: 'Sign out',
    loading: 'Loading',
  },

  roles: {
    TENANT_ADMIN: 'Administrator',
    SYS_ADMIN: 'System administrator',
    CUSTOMER_USER: 'Customer user',
  } as Record<string, string>,

  login: {
    title: 'Sign in',
    lead: 'The door for your devices',
    username: 'E-mail',
    password: 'Password',
    submit: 'Sign in',
    expired: 'Your session has ended. Please sign in again.',
    firstTime: 'The first account and its password were printed when the data directory was made (postern init).',
    missingUsername: 'Enter your e-mail address',
    missingPassword: 'Enter your password',
  },

  setPassword: {
    title: 'Set your password',
    lead: 'Then you are signed in',
    policy: (length: number) => `At least ${length} characters`,
    submit: 'Set password',
    noToken: 'This page is reached by a link from your administrator. The link is used up or not complete: ask for a new one.',
  },

  password: {
    title: 'Change password',
    current: 'Current password',
    next: 'New password',
    again: 'New password again',
    submit: 'Change password',
    differ: 'The two new passwords are not the same',
    missing: 'Enter a password',
    done: 'Password changed',
  },

  common: {
    cancel: 'Cancel',
    close: 'Close',
    save: 'Save',
    saved: 'Saved',
    discard: 'Discard changes',
    copy: 'Copy',
    copied: 'Copied',
    copyOf: (what: string) => `Copy ${what}`,
    never: 'never',
    none: 'none',
    yes: 'Yes',
    no: 'No',
    reload: 'Load the current state',
  },

  table: {
    clearSearch: 'Clear search',
    choose: (name: string) => `Choose ${name}`,
    chooseShown: 'Choose the first rows',
  },

  list: {
    title: 'Devices',
    count: (n: number) => (n === 1 ? '1 device' : `${whole(n)} devices`),
    countFound: (n: number) => (n === 1 ? '1 device found' : `${whole(n)} devices found`),
    search: 'Search devices',
    searchPlaceholder: 'Search by name, label or type',
    add: 'Add device',
    more: 'More actions for this list',
    import: 'Import devices…',
    export: 'Export as CSV',
    exporting: 'Exporting…',
    name: 'Name',
    type: 'Type',
    created: 'Created',
    lastActivity: 'Last activity',
    state: 'State',
    certificate: 'Certificate until',
    actions: 'Actions',
    active: 'Active',
    inactive: 'Inactive',
    neverActive: 'Never connected',
    rowActions: (name: string) => `Actions for ${name}`,
    open: 'Open',
    credentials: 'Device credentials',
    connectivity: 'Check connectivity',
    delete: 'Delete device',
    emptyTitle: 'No devices yet',
    emptyText: 'A device is added in three steps:',
    emptySteps: [
      'Add it here with a name.',
      'Give it credentials: paste its X.509 certificate, or take the access token made for it.',
      'Follow “Check connectivity” and watch its first message arrive.',
    ],
    emptyAction: 'Add your first device',
    emptyImport: 'Import many from a CSV file',
    emptyGroupTitle: 'No devices in this group yet',
    emptyGroupText: 'Choose devices in another list and add them to this group, or add a new device to it.',
    emptyCustomerText: 'Devices come here when they are assigned to this customer.',
    nothingMatches: 'No device matches these filters',
    clearFilters: 'Clear filters',
    nothingFound: (search: string) => `No device matches “${search}”`,
    nothingFoundText: 'The search looks at names, labels and types.',
  },

  remove: {
    title: 'Delete device?',
    lead: (name: string) => `“${name}” will be deleted for good:`,
    effects: [
      'its connection is closed at once,',
      'its credentials stop working,',
      'its telemetry and attributes are removed.',
    ],
    submit: 'Delete device',
    done: (name: string) => `“${name}” deleted`,
  },

  device: {
    panel: 'Device',
    back: 'Back to the list',
    close: 'Close device',
    notFound: 'This device does not exist',
    notFoundText: 'It may have been deleted, or the link is incomplete.',
    tabs: {
      details: 'Details',
      credentials: 'Device credentials',
      telemetry: 'Latest telemetry',
      charts: 'Charts',
      attributes: 'Attributes',
      connectivity: 'Check connectivity',
      rpc: 'RPC',
      events: 'Events',
      firmware: 'Firmware',
      audit: 'Audit trail',
    },
    menu: 'More actions',
  },

  details: {
    description: 'Description',
    gateway: 'Gateway',
    gatewayHint: 'One connection speaks for many devices',
    conflict: 'Someone else changed this device in the meantime.',
    identity: 'Identity',
    deviceId: 'Device id',
    profileId: 'Profile id',
    groupId: 'Group id',
    created: 'Created',
    lastActivity: 'Last activity',
    danger: 'Delete',
    dangerText: 'Removes the device with its credentials, telemetry and attributes.',
  },

  value: {
    empty: 'empty text',
    all: (characters: number) => `Show all ${whole(characters)} characters`,
    less: 'Show less',
  },


  telemetry: {
    key: 'Key',
    value: 'Value',
    updated: 'Updated',
    filter: 'Filter keys',
    emptyTitle: 'No telemetry yet',
    emptyText: 'As soon as this device publishes to v1/devices/me/telemetry, the latest value of each key is shown here.',
    emptyAction: 'Check connectivity',
    noMatch: 'No key matches the filter.',
  },

  attributes: {
    scopes: {
      CLIENT_SCOPE: 'Client attributes',
      SHARED_SCOPE: 'Shared attributes',
      SERVER_SCOPE: 'Server attributes',
    },
    hints: {
      CLIENT_SCOPE: 'Reported by the device',
      SHARED_SCOPE: 'Set here or over the REST API, sent to the device',
      SERVER_SCOPE: 'Kept by the server, unknown to the device',
    },
    key: 'Key',
    value: 'Value',
    updated: 'Updated',
    empty: {
      CLIENT_SCOPE: 'None. The device publishes them to v1/devices/me/attributes.',
      SHARED_SCOPE: 'None. Add one that the device is to know, such as a target or a setting.',
      SERVER_SCOPE: 'None. Add one for yourself, such as a place or a contract number.',
    },
  },

  connectivity: {
    lead: 'Run these on any computer that reaches this server, and watch the message arrive here.',
    looking: 'Looking for earlier messages…',
    waiting: 'Waiting for the first message…',
    waitingNext: 'Waiting for the next message…',
    waitingHint: 'This area looks twice a second, as long as the page is visible.',
    lastBefore: 'Last message before:',
    connected: 'The device is connected, no message yet…',
    arrived: 'Message received',
    again: 'Wait for another',
    live: 'Live',
    chain: 'Download the server’s certificate chain',
    chainHint: 'tb-server-chain.pem lets clients check that they speak to this server.',
    command: 'Command',
  },

  notFound: {
    title: 'There is nothing at this address',
    text: 'The link may be old or incomplete.',
    action: 'Go to the devices',
    group: 'This device group does not exist',
  },

  time: {
    now: 'just now',
    seconds: (n: number) => `${n} s ago`,
    minutes: (n: number) => `${n} min ago`,
    hours: (n: number) => `${n} h ago`,
    days: (n: number) => (n === 1 ? 'yesterday' : `${n} days ago`),
    future: 'in the future',
    length: (ms: number): string => {
      const units = [
        [86_400_000, 'd'],
        [3_600_000, 'h'],
        [60_000, 'min'],
      ] as const;
      const [unit, name] = units.find(([size]) => ms % size === 0) ?? [1_000, 's'];
      return `${(ms / unit).toLocaleString('en')} ${name}`;
    },
  },
} as const;
