"""What every page shares: request types, rendering, access, paging, export, navigation and the look."""
