"""HubSpot as the CRM."""
