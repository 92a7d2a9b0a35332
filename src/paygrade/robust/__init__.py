"""Rules for annotators who are not known exactly: robust, screening, menus, sensitivity."""
