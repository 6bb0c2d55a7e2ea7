package app

import "github.com/prometheus/client_golang/prometheus"

// Registry gives what a gateway's metrics are registered with.
func (a *App) Registry() *prometheus.Registry { return a.registry }
