/** The look: one accent, a neutral scale, 13 px text, borders instead of shadows. Values are in theme.css. */

import { createTheme, type MantineColorsTuple } from "@mantine/core";

const water: MantineColorsTuple = [
  "#e9f8f6", "#d3efeb", "#a6ded6", "#74ccc0", "#4dbcae", "#2fa899", "#14897c", "#0f766e", "#0c5f59", "#084742",
];

// The neutral scale of the dark scheme, from texts to grounds, for what Mantine draws by itself.
const dark: MantineColorsTuple = [
  "#e4e9e8", "#c3cbc9", "#9aa6a4", "#84908e", "#3a4444", "#2a3232", "#191e1e", "#121616", "#0d1010", "#090b0b",
];

export const theme = createTheme({
  primaryColor: "water",
  primaryShade: { light: 7, dark: 5 },
  autoContrast: true, // dark words on the light accent of the dark scheme
  colors: { water, dark },
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, monospace",
  fontSizes: { xs: "var(--small)", sm: "13px", md: "13.5px", lg: "15px", xl: "18px" },
  defaultRadius: "sm",
  radius: { xs: "3px", sm: "5px", md: "7px", lg: "10px" },
  spacing: { xs: "4px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray", size: "sm" } },
    Button: { defaultProps: { size: "xs" } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: false, fz: "xs" } },
    Menu: { defaultProps: { shadow: "none", withinPortal: true, transitionProps: { duration: 80 } } },
    Popover: { defaultProps: { shadow: "none", transitionProps: { duration: 80 } } },
    Modal: {
      defaultProps: { shadow: "none",
        overlayProps: { backgroundOpacity: 0.25 },
        transitionProps: { duration: 100 },
        closeButtonProps: { "aria-label": "Close" },
      },
    },
    TextInput: { defaultProps: { size: "xs" } },
    Select: { defaultProps: { size: "xs" } },
    Textarea: { defaultProps: { size: "xs" } },
    Switch: { defaultProps: { size: "xs" } },
    Checkbox: { defaultProps: { size: "xs" } },
    SegmentedControl: { defaultProps: { size: "xs" } },
  },
});
