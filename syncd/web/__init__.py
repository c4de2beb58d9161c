"""The pages, metrics and health checks of a running daemon. It knows neither loop nor settings."""
