/** Injects `ResolvedDashboardOptions`. */
export const DASHBOARD_OPTIONS = Symbol.for('nestjs-redis-kit:dashboard-options');
