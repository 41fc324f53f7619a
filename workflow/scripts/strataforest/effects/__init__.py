"""From records to effects: arms, routes, several arms, and the reasons there is none."""
